/* SPDX-License-Identifier: MIT */
/*
 * ansi.h - takes terminal control sequences (ESC [ … letter) out of a stream of bytes.
 *
 * A sequence may be cut anywhere by the end of a read: the state goes on in the next.
 */
#pragma once

#include <stddef.h>

enum ansi_state { ANSI_TEXT, ANSI_ESCAPE, ANSI_SEQUENCE };

/*
 * Copy what is text from @src to @dst and return how much that is, at most @len + 1 bytes: an
 * escape character held back before may turn out to be text. @dst may be @src - 1 or below.
 */
size_t ansi_strip(unsigned char *state, char *dst, const char *src, size_t len);

/* The stream ends: what is held back is text after all. 0 or 1 bytes. */
size_t ansi_finish(unsigned char *state, char *dst);
