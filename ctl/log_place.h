/* SPDX-License-Identifier: MIT */
/*
 * log_place.h - which lines of logs were shown, so that who asks again shows none twice. Pure.
 *
 * Lines stand in files, at places that grow. The last place in each file is kept, of the files
 * that were shown last; and because the number of a file that was removed is given to another
 * one, what is newer than all that was shown is never taken for old.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum { LOG_PLACES = 1024 };

struct log_place {
	uint64_t file;
	int64_t at;
	size_t part; /* so much of the line there was shown, if it was not whole */
	uint64_t used; /* the larger, the later */
};

struct log_places {
	struct log_place *v;
	size_t n;
	uint64_t clock;
	int64_t last_ms; /* of all that was shown */
	bool again; /* what was shown may come again */
};

/* A line of @len bytes was shown. 0 or -ENOMEM. */
_must_check_ int log_places_note(struct log_places *p, uint64_t file, int64_t at, int64_t ms,
				 size_t len, bool whole);

/* Of a line of @len bytes, how many were shown before: all of them, or none, or the beginning.
 */
size_t log_places_shown(const struct log_places *p, uint64_t file, int64_t at, int64_t ms,
			size_t len);

void log_places_done(struct log_places *p);
