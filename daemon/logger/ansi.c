/* SPDX-License-Identifier: MIT */
#include "daemon/logger/ansi.h"

enum { ESC = 0x1b };

/* Inside of a sequence: parameters are 0x20…0x3f, the byte that ends it 0x40…0x7e. Anything
 * else breaks it off and is text again, so that a stray ESC [ cannot swallow the rest. */
static enum ansi_state in_sequence(unsigned char c, char *dst, size_t *out)
{
	if (c == ESC)
		return ANSI_ESCAPE;
	if (c >= 0x20 && c <= 0x3f)
		return ANSI_SEQUENCE;
	if (c < 0x20 || c > 0x7e)
		dst[(*out)++] = (char)c;
	return ANSI_TEXT;
}

size_t ansi_strip(unsigned char *state, char *dst, const char *src, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)src[i];

		switch ((enum ansi_state) * state) {
		case ANSI_TEXT:
			if (c == ESC)
				*state = ANSI_ESCAPE;
			else
				dst[out++] = (char)c;
			break;
		case ANSI_ESCAPE:
			if (c == '[') {
				*state = ANSI_SEQUENCE;
				break;
			}
			dst[out++] = ESC;
			if (c == ESC)
				break;
			*state = ANSI_TEXT;
			dst[out++] = (char)c;
			break;
		case ANSI_SEQUENCE:
			*state = (unsigned char)in_sequence(c, dst, &out);
			break;
		}
	}
	return out;
}

size_t ansi_finish(unsigned char *state, char *dst)
{
	const int held = *state == ANSI_ESCAPE;

	*state = ANSI_TEXT;
	if (held)
		*dst = ESC;
	return held ? 1 : 0;
}
