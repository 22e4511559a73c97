/* SPDX-License-Identifier: MIT */
#include "daemon/logger/json.h"

#include <stdint.h>
#include <string.h>

static int continues(const unsigned char *s, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return 1;
}

/* By the second byte: no overlong forms, no surrogates, nothing above U+10FFFF. */
static int second_is_good(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second < 0xa0;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second < 0x90;
	default:
		return 1;
	}
}

size_t json_char(const unsigned char *s, size_t len)
{
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	return n <= len && continues(s, n) && second_is_good(s[0], s[1]) ? n : 0;
}

static size_t put(char *out, const char *text)
{
	const size_t n = strlen(text);

	memcpy(out, text, n);
	return n;
}

static size_t put_code(char *out, unsigned code)
{
	static const char digits[] = "0123456789abcdef";
	const char text[] = { '\\',
			      'u',
			      digits[code >> 12 & 15],
			      digits[code >> 8 & 15],
			      digits[code >> 4 & 15],
			      digits[code & 15],
			      '\0' };

	return put(out, text);
}

static size_t put_ascii(char *out, unsigned char c)
{
	switch (c) {
	case '"':
		return put(out, "\\\"");
	case '\\':
		return put(out, "\\\\");
	case '\n':
		return put(out, "\\n");
	case '\r':
		return put(out, "\\r");
	case '\t':
		return put(out, "\\t");
	default:
		if (c < 0x20 || c == 0x7f)
			return put_code(out, c);
		*out = (char)c;
		return 1;
	}
}

/* U+0080 to U+009F are control characters too; U+2028 and U+2029 end lines in JavaScript. */
static size_t put_char(char *out, const unsigned char *s, size_t n)
{
	if (n == 2 && s[0] == 0xc2 && s[1] < 0xa0)
		return put_code(out, s[1]);
	if (n == 3 && s[0] == 0xe2 && s[1] == 0x80 && (s[2] & 0xfe) == 0xa8)
		return put_code(out, s[2] == 0xa8 ? 0x2028 : 0x2029);
	memcpy(out, s, n);
	return n;
}

size_t json_escape(char *out, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t at = 0, n;

	for (size_t i = 0; i < len; i += n) {
		n = json_char(s + i, len - i);
		if (n == 0) {
			at += put(out + at, "\\ufffd");
			n = 1;
		} else if (n == 1) {
			at += put_ascii(out + at, s[i]);
		} else {
			at += put_char(out + at, s + i, n);
		}
	}
	return at;
}
