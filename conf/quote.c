/* SPDX-License-Identifier: MIT */
#include "conf/quote.h"

#include <string.h>

enum { SHOWN = 400 }; /* bytes of a value in a message */

static int put_char(struct buf *out, char c, char mark)
{
	unsigned char u = (unsigned char)c;

	if (c == mark || c == '\\')
		return buf_printf(out, "\\%c", c);
	if (c == '\n')
		return buf_puts(out, "\\n");
	if (c == '\r')
		return buf_puts(out, "\\r");
	if (c == '\t')
		return buf_puts(out, "\\t");
	if (u < 0x20 || u == 0x7f)
		return buf_printf(out, "\\x%02x", u);
	return buf_putc(out, c);
}

int quote_repr(struct buf *out, const char *s)
{
	char mark = strchr(s, '\'') && !strchr(s, '"') ? '"' : '\'';
	int r = buf_putc(out, mark);

	for (size_t i = 0; r == 0 && s[i]; i++) {
		/* Cut between characters, not inside one. */
		if (i >= SHOWN && ((unsigned char)s[i] & 0xc0) != 0x80)
			return buf_printf(out, "…%c", mark);
		r = put_char(out, s[i], mark);
	}
	return r < 0 ? r : buf_putc(out, mark);
}
