/* SPDX-License-Identifier: MIT */
/*
 * retention.h - what becomes of rotated logs: they are packed; they are deleted when they are
 * too old, or when all logs of the instance together are too large.
 *
 * The oldest go first, whichever log they are of, and never one that is written to. After the
 * clock has leapt, nothing is deleted for its age for a while: it may have leapt wrongly.
 */
#pragma once

#include "daemon/logger/targets.h"

enum {
	RETENTION_PAUSE_MS = 1000, /* after a rotation, before something is done */
	RETENTION_EVERY_MS = 3600 * 1000, /* even if nothing was rotated */
	RETENTION_LEAP_MS = 3600 * 1000, /* a clock that is off by so much has leapt */
	RETENTION_TRUST_MS = 24 * 3600 * 1000, /* so long it is not trusted then */
};

struct retention;

/* All borrowed. 0 or -ENOMEM. */
_must_check_ int retention_new(struct iopool *pool, struct targets *ts, struct retention **ret);
/* Not while the pool is busy with it. NULL is fine. Returns NULL. */
struct retention *retention_free(struct retention *r);

/* Bytes of all logs together; 0: as many as there are. */
void retention_budget(struct retention *r, int64_t budget);

/* To be called once a turn, and at retention_due(). */
void retention_check(struct retention *r, mono_t now, int64_t wall_ms);
mono_t retention_due(const struct retention *r);

/* The end: begin nothing more. */
void retention_end(struct retention *r);
