/* SPDX-License-Identifier: MIT */
#include "ctl/text.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "proto/utf8.h"

/* Characters without a glyph that change how others are shown: marks and embeddings of
 * direction (Unicode, Bidi_Control), and those that end lines or paragraphs. */
/* clang-format off */
static const struct {
	uint32_t from, to;
} unseen[] = {
	{ 0x80, 0x9f }, /* C1 */
	{ 0x61c, 0x61c },
	{ 0x200e, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2066, 0x2069 },
};
/* clang-format on */

/* The number of a character of two or three bytes. */
static uint32_t number_of(const unsigned char *s, size_t n)
{
	if (n == 2)
		return (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3f);
	return (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
}

/* One character of @n bytes. */
static bool is_control(const unsigned char *s, size_t n)
{
	if (n == 1)
		return (*s < 0x20 && *s != '\n' && *s != '\t') || *s == 0x7f;
	for (size_t i = 0; n < 4 && i < ARRAY_SIZE(unseen); i++)
		if (number_of(s, n) >= unseen[i].from && number_of(s, n) <= unseen[i].to)
			return true;
	return false;
}

static int put_escaped(const unsigned char *s, size_t n, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = buf_printf(out, "\\x%02x", s[i]);
	return r;
}

ssize_t text_escape(const char *data, size_t len, bool last, struct buf *out)
{
	size_t i = 0;

	while (i < len) {
		size_t n = utf8_length(data + i, len - i);
		const unsigned char *at = (const unsigned char *)data + i;
		int r;

		if (n == UTF8_PART && !last)
			break;
		if (n == UTF8_BAD || n == UTF8_PART)
			r = put_escaped(at, n = 1, out);
		else if (is_control(at, n))
			r = put_escaped(at, n, out);
		else
			r = buf_append(out, data + i, n);
		if (r < 0)
			return r;
		i += n;
	}
	return (ssize_t)i;
}

int text_escape_line(const char *data, size_t len, struct buf *out)
{
	while (len) {
		const char *nl = memchr(data, '\n', len);
		const size_t n = nl ? (size_t)(nl - data) : len;
		const ssize_t taken = text_escape(data, n, true, out);

		if (taken < 0 || (nl && buf_puts(out, "\\x0a") < 0))
			return -ENOMEM;
		data += n + (nl != NULL);
		len -= n + (nl != NULL);
	}
	return 0;
}
