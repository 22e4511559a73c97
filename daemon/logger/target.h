/* SPDX-License-Identifier: MIT */
/*
 * target.h - where output goes: one for each path, shared by all who name that path.
 *
 * Bytes go in without waiting; a thread writes them, one job at a time for a target. What a
 * target holds in memory is bounded: who is told that there is no room stops reading and is
 * called when there is. When writing fails, the target says so once, takes what comes and drops
 * it, counts it, and tries again from time to time, whenever something new comes.
 *
 * Files are open while they are used; the least recently used are closed above a number. A
 * file of somebody who prints nothing is made too, but only in a quiet moment.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/mono.h"
#include "daemon/logger/iopool.h"
#include "daemon/logger/logfile.h"
#include "daemon/logger/reader.h"

enum { TARGET_ROOM = 16 }; /* where there is room, it is at least so much */

struct targets;
struct target;

/* Somebody waits for room. Called once; may ask for room again inside of the call. */
struct waiter {
	struct list link;
	void (*fn)(struct waiter *w, mono_t now);
};

/* What is said about a target. */
enum target_news {
	TARGET_FAILS, /* error: why. What comes is dropped from now on. */
	TARGET_WORKS, /* again; dropped: so many bytes were, error: why */
	TARGET_LOST, /* it never worked again; dropped, error: as above */
	TARGET_CANNOT_ROTATE, /* error: why; it grows over its maximum */
};
struct target_report {
	const char *path;
	enum target_news news;
	int error; /* errno */
	uint64_t dropped;
};
typedef void target_news_fn(void *owner, const struct target_report *r);

/* @pool is borrowed. At most @max_open files are kept open. 0 or -errno. */
_must_check_ int targets_new(struct iopool *pool, size_t max_open, target_news_fn *fn,
			     void *owner, struct targets **ret);
/* All targets must be gone. NULL is fine. Returns NULL. */
struct targets *targets_free(struct targets *ts);

void targets_set_max_open(struct targets *ts, size_t max_open);

/* Whether there is a target with @path. */
bool targets_has(const struct targets *ts, const char *path);
size_t targets_count(const struct targets *ts);

/* The target at rule->path, which becomes @rule's for all; give it back with target_unref:
 * what it still holds is written before it goes. 0 or -errno. */
_must_check_ int target_get(struct targets *ts, const struct logrule *rule,
			    struct target **ret);

/* The same, but one that is there keeps its rule, and no file is made for a new one. */
_must_check_ int target_join(struct targets *ts, const struct logrule *rule,
			     struct target **ret);
struct target *target_ref(struct target *t);
void target_unref(struct target *t, mono_t now);

/*
 * Where the next bytes of this target can be put, and how many at most; then
 * target_filled() at once, with how many there are (perhaps 0). NULL: there is no room now,
 * and @w, which must not be linked, is called when there is.
 */
char *target_room(struct target *t, struct waiter *w, size_t *ret_len);
void target_filled(struct target *t, size_t n, mono_t now);

/* Bytes that this target has taken in so far. */
uint64_t target_accepted(const struct target *t);

/* Bytes that are settled: written, or dropped. */
uint64_t target_settled(const struct target *t);

/*
 * Let @r read along; the target stays for it, also when nobody writes there any more. Not to
 * be detached while in_work.
 */
void target_attach(struct target *t, struct reader *r);
void target_detach(struct reader *r, mono_t now);

/* Serve @r once, when it is its turn; r->fn is called, perhaps at once. */
void target_read(struct reader *r, mono_t now);

/* Close all files and open them by name again, making those that are missing. */
void targets_reopen(struct targets *ts, mono_t now);

/* The process is about to end: what is open stays so until then, as long as there are not too
 * many, which costs nobody a wait. */
void targets_leave_open(struct targets *ts);

/* Something happens: make no files of silent programs yet. */
void targets_disturb(struct targets *ts, mono_t now);

/* To be called once a turn, and at targets_due(). */
void targets_check(struct targets *ts, mono_t now);
mono_t targets_due(const struct targets *ts);
