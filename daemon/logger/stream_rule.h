/* SPDX-License-Identifier: MIT */
/*
 * stream_rule.h - what is to be done with what a program prints. Plain data.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/logger/logrule.h"

enum { STREAM_TARGETS_MAX = 8 };
enum stream_format { STREAM_RAW, STREAM_PREFIX, STREAM_TIMESTAMP, STREAM_JSON };

struct stream_rule {
	const struct logrule *to; /* where it goes; none: it is thrown away */
	size_t n_to;
	const char *name, *group; /* of the process */
	enum stream_format format;
	const char *prefix; /* in front of each line, after the time */
	bool strip_ansi;
	bool block; /* the program waits for a target that is stuck; else it loses bytes */
	int64_t rate, burst; /* bytes a second, 0: as many as it likes; so many at once */
	int64_t capture_max; /* 0: no capture mode */
	bool events; /* what is printed is said, too */
};

/* Goes byte for byte to one file, and nobody wants to look at it on the way. */
static inline bool stream_rule_plain(const struct stream_rule *r)
{
	return r->n_to == 1 && r->to->to == LOG_TO_FILE && r->format == STREAM_RAW &&
	       !r->strip_ansi && !r->rate && !r->capture_max && !r->events;
}

/* What is printed must wait until it is known by which process. */
static inline bool stream_rule_says_pid(const struct stream_rule *r)
{
	for (size_t i = 0; i < r->n_to; i++)
		if (r->to[i].to == LOG_TO_JOURNAL)
			return true;
	return r->format == STREAM_JSON;
}
