/* SPDX-License-Identifier: MIT */
/*
 * log_show.h - prints the lines of logs that come: those that are wanted, and each once.
 */
#pragma once

#include "ctl/ctl.h"
#include "ctl/log_line.h"
#include "ctl/log_place.h"
#include "ctl/logs_options.h"

struct log_show {
	struct ctl *ctl;
	const struct logs_options *o;
	struct log_look look;
	struct log_places places;
	json_t *processes; /* those whose lines come: array of LogStream */
	struct buf in; /* the beginning of a line that is not there yet */
	uint64_t open; /* the file whose line was shown last, and goes on; 0: none */
	size_t keep; /* show only the last so many, at the end; 0: each at once */
	struct buf *kept; /* a ring of those */
	size_t n_kept, first;
	int64_t not_before; /* what is older was left out on purpose */
};

/* Negative: -ENOMEM. @s is all zero but for ctl and o. */
_must_check_ int log_show_begin(struct log_show *s);

/* From now on lines are those of @processes, borrowed. @again: some may have been shown. */
void log_show_names(struct log_show *s, json_t *processes, bool again);

/* What came. 0, -ENOMEM, or -EBADMSG: these are no lines. */
_must_check_ int log_show_take(struct log_show *s, const char *data, size_t len);

/* No more will come. */
void log_show_end(struct log_show *s);
