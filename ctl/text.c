/* SPDX-License-Identifier: MIT */
#include "ctl/text.h"

#include "proto/utf8.h"

/* One character of @n bytes. */
static bool is_control(const unsigned char *s, size_t n)
{
	if (n == 1)
		return (*s < 0x20 && *s != '\n' && *s != '\t') || *s == 0x7f;
	return n == 2 && s[0] == 0xc2 && s[1] < 0xa0;
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
