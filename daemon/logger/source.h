/* SPDX-License-Identifier: MIT */
/*
 * source.h - a log as a row of lines with their times, over all its files, packed or not.
 * Blocks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

enum { SOURCE_LINE = 16 * 1024 }; /* a longer line comes in pieces */

struct source_line {
	int64_t ms; /* wall clock: when it was written, as far as that is known */
	const char *text; /* good until the next call */
	size_t len;
	bool eol; /* the line ends here */
	uint64_t file; /* that it is in: the same also when it has been renamed and packed */
	int64_t at; /* where it begins there */
};

struct source;

/* The log at @path. 0 or -ENOMEM; that there is none yet is no fault. */
_must_check_ int source_new(const char *path, int backups, struct source **ret);
struct source *source_free(struct source *s);

/* Where to begin: with what was written at @ms or later (0: with the oldest); with the last @n
 * lines; behind the present end. One of them, before the first line; again begins again. */
void source_since(struct source *s, int64_t ms);
void source_last(struct source *s, int64_t n);

/* The next line. 1; 0: there is none now. Without @live the rest of a line at the end is one;
 * with it, such a rest waits for more, and lines have the time at which they are read. */
_must_check_ int source_next(struct source *s, bool live, struct source_line *ret);
