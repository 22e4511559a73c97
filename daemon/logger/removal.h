/* SPDX-License-Identifier: MIT */
/*
 * removal.h - removes logs that nobody wants any more, with what was rotated away from them.
 *
 * A log is removed when nobody writes to it or reads it: what is still on its way there would
 * make the file anew. The threads do the work, for a disk may take its time.
 */
#pragma once

#include "daemon/logger/iopool.h"
#include "daemon/logger/targets.h"

struct removals;

/* @p and @ts are borrowed. 0 or -ENOMEM. */
_must_check_ int removals_new(struct iopool *p, struct targets *ts, struct removals **ret);

/* The log at @path goes as soon as that can be. Without memory it stays. */
void removals_add(struct removals *rs, const char *path, mono_t now);

/* To be called once a turn. */
void removals_check(struct removals *rs, mono_t now);

/* Logs that are not removed yet stay; none may be on a thread. NULL is fine. Returns NULL. */
struct removals *removals_free(struct removals *rs);
