/* SPDX-License-Identifier: MIT */
/*
 * format.h - how a line of a program looks in its log. Pure.
 */
#pragma once

#include <stdint.h>

#include "daemon/logger/lines.h"
#include "daemon/logger/stream_rule.h"

enum { FORMAT_TIME = 32 };

struct format {
	enum stream_format kind;
	const char *prefix, *name, *stream; /* "stdout" or "stderr" */
	int32_t pid;
};

/* RFC 3339, UTC, milliseconds. */
void format_time(char ret[FORMAT_TIME], int64_t wall_ms);

/* How many bytes a piece with @n bytes of text may become. */
size_t format_worst(const struct format *f, size_t n);

/*
 * Write @text, which is what is left of piece @p, to @out. @begins: it is not the rest of a
 * line whose beginning was written before. How many bytes that were.
 */
size_t format_put(const struct format *f, const struct piece *p, const char *text, size_t len,
		  bool begins, int64_t wall_ms, char *out);
