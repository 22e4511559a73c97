/* SPDX-License-Identifier: MIT */
#include "ctl/quote.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static bool is_plain(const char *word)
{
	for (const char *s = word; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("_@%+=:,./-", *s) &&
		    (unsigned char)*s < 0x80)
			return false;
	return *word;
}

static bool has_control(const char *word)
{
	for (const char *s = word; *s; s++)
		if (iscntrl((unsigned char)*s))
			return true;
	return false;
}

/* $'...' */
static int put_ansi(char c, struct buf *out)
{
	switch (c) {
	case '\n':
		return buf_puts(out, "\\n");
	case '\t':
		return buf_puts(out, "\\t");
	case '\'':
	case '\\':
		return buf_printf(out, "\\%c", c);
	default:
		return iscntrl((unsigned char)c) ? buf_printf(out, "\\%03o", (unsigned char)c)
						 : buf_putc(out, c);
	}
}

int quote_word(const char *word, struct buf *out)
{
	const bool control = has_control(word);
	int r;

	if (is_plain(word))
		return buf_puts(out, word);
	r = buf_puts(out, control ? "$'" : "'");
	for (; *word && r == 0; word++) {
		if (control)
			r = put_ansi(*word, out);
		else
			r = *word == '\'' ? buf_puts(out, "'\\''") : buf_putc(out, *word);
	}
	return r < 0 ? r : buf_putc(out, '\'');
}
