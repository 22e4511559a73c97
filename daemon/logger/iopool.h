/* SPDX-License-Identifier: MIT */
/*
 * iopool.h - threads for the calls that can wait for a disk, and for nothing else.
 *
 * A job belongs to a lane; a lane is what is likely to hang together: one directory, one
 * terminal. At most LANE_THREADS threads are in one lane at a time, so that a disk that hangs
 * leaves the others alone; if all of them hang, there is one more every now and then, so that a
 * few files that hang leave the others of their directory alone. There is no thread before the
 * first job; more than one only while jobs wait and nothing moves.
 *
 * All functions are for the thread of the loop; only a job's work runs on another.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/list.h"
#include "base/mono.h"

enum {
	LANE_THREADS = 4,
	LANE_THREADS_MAX = 64, /* when the others hang */
	LANE_HANG_LOOKS = 10, /* nothing moved in a lane at so many looks at the pool */
	POOL_THREADS = 192,
	POOL_RESIDENT = 2, /* so many stay with nothing to do */
	POOL_STALL_MS = 10, /* nothing moved for so long: one more thread */
};

struct iopool;
struct lane;

/*
 * Something to be done: filled in by its owner, who keeps it until done is called. work runs
 * on a thread and must touch nothing but what belongs to the job; done runs in
 * iopool_collect().
 */
struct iojob {
	struct list link; /* the pool's */
	struct lane *lane; /* the pool's */
	void (*work)(struct iojob *j);
	void (*done)(struct iojob *j, mono_t now);
};

_must_check_ int iopool_new(struct iopool **ret);

/* Waits for the jobs that run; none may be waiting. NULL is fine. Returns NULL. */
struct iopool *iopool_free(struct iopool *p);

/* Readable when jobs are done. */
int iopool_fd(const struct iopool *p);

/* The lane called @name, made if there is none; give it back with lane_unref. */
_must_check_ int iopool_lane(struct iopool *p, const char *name, struct lane **ret);
/* The lane for a file: that of its directory. A terminal, a FIFO and the like has its own. */
_must_check_ int iopool_lane_of(struct iopool *p, const char *path, struct lane **ret);
struct lane *lane_unref(struct lane *l);

/* Have @j done. Never fails: where no thread can be had, it is done at once, here. */
void iopool_submit(struct iopool *p, struct lane *l, struct iojob *j, mono_t now);

/* Call done of all jobs that are. Returns how many there were. */
size_t iopool_collect(struct iopool *p, mono_t now);

/* When iopool_check() wants to be called next; MONO_NEVER if not. */
mono_t iopool_due(const struct iopool *p);
void iopool_check(struct iopool *p, mono_t now);

/* Jobs that were submitted and not collected. */
size_t iopool_busy(const struct iopool *p);

/* Threads that there are; for tests and for who measures. */
unsigned iopool_threads(struct iopool *p);

static inline void iopool_freep(struct iopool **p)
{
	*p = iopool_free(*p);
}
