/* SPDX-License-Identifier: MIT */
/*
 * happening.h - what has happened, numbered, the last of it kept: a ring that many may read at
 * their own pace.
 *
 * Nobody who reads holds up who writes, or another reader: each has a cursor, and one that is
 * too slow finds that the oldest are gone, and how many. Numbers are never given twice, so that
 * a gap is what was missed. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/* The names are supervisord's (its manual, "Event Types") but for the last two. */
enum happening_type {
	HAPPENED_STARTING,
	HAPPENED_RUNNING,
	HAPPENED_BACKOFF,
	HAPPENED_STOPPING,
	HAPPENED_EXITED,
	HAPPENED_STOPPED,
	HAPPENED_FATAL,
	HAPPENED_UNKNOWN,
	HAPPENED_GROUP_ADDED,
	HAPPENED_GROUP_REMOVED,
	HAPPENED_UP, /* SUPERVISOR_STATE_CHANGE_RUNNING */
	HAPPENED_DOWN, /* SUPERVISOR_STATE_CHANGE_STOPPING */
	HAPPENED_OUT, /* PROCESS_LOG */
	HAPPENED_ERR,
	HAPPENED_SAID_OUT, /* PROCESS_COMMUNICATION */
	HAPPENED_SAID_ERR,
	HAPPENED_DROPPED, /* output was lost */
	HAPPENED_JOB_ENDED,
};
enum { HAPPENING_N = HAPPENED_JOB_ENDED + 1 };

/* "PROCESS_STATE_EXITED". */
const char *happening_name(enum happening_type t);

/* Whether @name is the type, or the name of a class that it is in: "PROCESS_STATE", "EVENT". */
bool happening_is(enum happening_type t, const char *name);

/* Whether there is any such name. */
bool happening_known(const char *name);

/* What a program printed: it takes the right to read logs to see it. */
bool happening_has_output(enum happening_type t);

struct happening {
	uint64_t serial; /* from 0 */
	int64_t time_ms; /* since 1970 */
	enum happening_type type;
	const char *process, *group; /* "": it is about none */
	int32_t pid; /* 0: none, or not said */
	const char *from_state; /* "": not said */
	bool expected; /* EXITED */
	int32_t tries; /* STARTING, BACKOFF */
	uint64_t number; /* JOB_ENDED: the job; DROPPED: bytes so far */
	const char *channel; /* DROPPED: "stdout", "stderr" */
	const char *data; /* what was printed, of any bytes; JOB_ENDED: how it ended */
	size_t len;
};

struct happenings; /* opaque */

/* Keeps at most @max of them, and of @bytes together; the first will have number @serial. 0 or
 * -ENOMEM. */
_must_check_ int happenings_new(size_t max, size_t bytes, uint64_t serial,
				struct happenings **ret);
/* NULL is fine. Returns NULL. */
struct happenings *happenings_free(struct happenings *hs);

/* Add a copy of @h, under the next number. Without memory, and when it is larger than the ring,
 * it is one that everybody misses. */
void happenings_add(struct happenings *hs, const struct happening *h);

/* The number of the next that will be added, and of the oldest that is there (or of the next).
 */
uint64_t happenings_end(const struct happenings *hs);
uint64_t happenings_begin(const struct happenings *hs);

/*
 * The next at or after *@cursor, which moves behind it; NULL: there is none. What has gone
 * before it was read is added to *@lost. It is borrowed until the next change of the ring.
 */
const struct happening *happenings_next(const struct happenings *hs, uint64_t *cursor,
					uint64_t *lost);
