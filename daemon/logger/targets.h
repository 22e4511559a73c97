/* SPDX-License-Identifier: MIT */
/*
 * targets.h - all places where output goes (target.h), by path.
 */
#pragma once

#include "daemon/logger/target.h"

/* @pool is borrowed. At most @max_open files are kept open. 0 or -errno. */
_must_check_ int targets_new(struct iopool *pool, size_t max_open, target_news_fn *fn,
			     void *owner, struct targets **ret);
/* Free an empty set. NULL is fine. Returns NULL. */
struct targets *targets_free(struct targets *ts);
void targets_set_max_open(struct targets *ts, size_t max_open);

/* From now on there is room; @a is borrowed. Chunks that another logger left in it go out. */
void targets_use(struct targets *ts, struct arena *a, mono_t now);
struct arena *targets_arena(const struct targets *ts);

/* The chunk is one that another logger left: it goes out before everything else for its path.
 * 0 or -errno: then it is lost. */
_must_check_ int targets_adopt(struct targets *ts, struct chunk *c, mono_t now);

/* Borrowed; NULL: there is none. */
struct target *targets_find(const struct targets *ts, const char *path);
bool targets_has(const struct targets *ts, const char *path);
size_t targets_count(const struct targets *ts);
unsigned long targets_rotations(const struct targets *ts); /* so far */

/* Call @fn for each; it may free the one it is given. */
void targets_each(struct targets *ts, void (*fn)(struct target *t, void *owner, mono_t now),
		  void *owner, mono_t now);

/* Without memory for an inbox, wait as for room. */
void targets_starve(struct targets *ts, struct waiter *w, mono_t now);

/* Close all files and open them by name again, making those that are missing. */
void targets_reopen(struct targets *ts, mono_t now);
void targets_rotate(struct targets *ts, mono_t now);

/* The process is about to end: what is open stays so until then, as long as there are not too
 * many, which costs nobody a wait. */
void targets_leave_open(struct targets *ts);

/* Something happens: make no files of silent programs yet. */
void targets_disturb(struct targets *ts, mono_t now);

/* To be called once a turn, and at targets_due(). */
void targets_check(struct targets *ts, mono_t now);
mono_t targets_due(const struct targets *ts);
