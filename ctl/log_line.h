/* SPDX-License-Identifier: MIT */
/*
 * log_line.h - a line of a log, as the daemon has it and as people see it. Pure but for the
 * time zone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"

struct log_line {
	int64_t ms; /* since 1970 */
	int64_t id; /* of the process */
	bool err; /* standard error */
	const char *text; /* UTF-8, without its newline; NULs may be in it */
	size_t len;
	bool whole; /* else the next of its file goes on with it */
	uint64_t file;
	int64_t at; /* where it is in there */
};

/* What it has in JSON; its text is borrowed from there. False: that is no line. */
bool log_line_read(const json_t *o, struct log_line *ret);

/* How lines look. */
struct log_look {
	bool times, prefix, colour;
	bool terminal; /* what is not to be shown to one is escaped */
	size_t width; /* of the longest name */
};

/* Append the line of a process called @name; with @begins what comes before it, else it goes on
 * with the one before. 0 or -ENOMEM. */
_must_check_ int log_line_put(const struct log_look *look, const char *name,
			      const struct log_line *l, bool begins, struct buf *out);

/* The same as a JSON object in a line. */
_must_check_ int log_line_put_json(bool ascii, const json_t *process, const struct log_line *l,
				   struct buf *out);
