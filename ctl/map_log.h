/* SPDX-License-Identifier: MIT */
/*
 * map_log.h - a line for each job that has ended, in the columns of GNU parallel's --joblog,
 * and how far all of it is, on one line of a terminal.
 */
#pragma once

#include <stdio.h>

#include <jansson.h>

#include "base/mono.h"
#include "ctl/map_rules.h"

/* Start with the names of the columns. 0 or -errno. */
_must_check_ int map_log_begin(FILE *f);

/* @number of the item; @job as the daemon told it. 0 or -errno. */
_must_check_ int map_log_put(FILE *f, uint64_t number, const json_t *job);

struct progress {
	FILE *to; /* NULL: shown nowhere */
	mono_t begun;
	mono_t due; /* when to show it next */
	bool shown; /* it stands on the line where the cursor is */
};

/* @to: a terminal, or NULL. */
void progress_init(struct progress *p, FILE *to);

/* Show it if it is time. */
void progress_show(struct progress *p, const struct tally *t, size_t flying);

/* Make room for something else. */
void progress_hide(struct progress *p);

/* For poll(2): how long until it is time. */
int progress_wait(const struct progress *p);

/* What stands there after @elapsed: "12/500 done, 3 failed, 8 under way, 42s left". */
_must_check_ int progress_put(const struct tally *t, size_t flying, msec_t elapsed,
			      struct buf *out);
