/* SPDX-License-Identifier: MIT */
/*
 * buf.h - a growing run of bytes, always followed by a NUL that does not count.
 *
 * BUF_INIT or all zero is an empty buffer. A function that fails leaves the buffer as it was.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/cleanup.h"

struct buf {
	char *data; /* NULL while nothing was ever put in */
	size_t len;
	size_t cap;
};

#define BUF_INIT                                                                               \
	{                                                                                      \
		NULL, 0, 0                                                                     \
	}

/* Make room for @more bytes after the present ones. 0 or -ENOMEM. */
_must_check_ int buf_reserve(struct buf *b, size_t more);

_must_check_ int buf_append(struct buf *b, const void *data, size_t len);
_must_check_ int buf_puts(struct buf *b, const char *s);
_must_check_ int buf_putc(struct buf *b, char c);
_must_check_ __attribute__((format(printf, 2, 3))) int buf_printf(struct buf *b,
								  const char *fmt, ...);
_must_check_ __attribute__((format(printf, 2, 0))) int buf_vprintf(struct buf *b,
								   const char *fmt, va_list ap);

/* Drop the first @n bytes (at most all). */
void buf_drop(struct buf *b, size_t n);

/* Forget the content, keep the memory. */
void buf_clear(struct buf *b);

/* The content as a string, "" if there is none; borrowed until the next change. */
const char *buf_str(const struct buf *b);

/* Hand the content over as a malloc'ed string and leave @b empty; NULL without memory. */
char *buf_steal(struct buf *b);

/* Free the memory; @b is an empty buffer afterwards. */
void buf_done(struct buf *b);
