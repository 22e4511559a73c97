/* SPDX-License-Identifier: MIT */
/*
 * queue.h - which job is next: pools with so many slots, jobs that come after others.
 *
 * Pure, as the rest of daemon/core: it says what may run and runs nothing. Memory is taken by
 * queue_set_pool() and queue_add() alone. A job is in the queue from queue_add() until it has
 * ended, was skipped or is removed; after that its id means nothing here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct queue;

/* A job may need a slot of two pools at once: its own, say, and that of whoever asked for it.
 */
enum { QUEUE_POOLS = 2 };

/* A job to be added; nothing of it is kept. */
struct queue_job {
	uint64_t id; /* the caller's, unique among those in the queue */
	const char *pool[QUEUE_POOLS]; /* different ones; NULL: needs none */
	int priority; /* the highest goes first, then who was added first */
	/* It waits until all of these have ended with success. One that is not in the queue
	 * counts as failed: leave out those of which the success is known already. */
	const uint64_t *after;
	size_t n_after;
};

enum queue_verdict {
	QUEUE_RUN, /* run it: it has its slots until queue_ended() */
	QUEUE_SKIP, /* it can never run: it is out of the queue, and fails those after it */
};

struct queue_turn {
	uint64_t id;
	enum queue_verdict verdict;
	uint64_t because; /* SKIP: the first of its @after that has failed or is unknown */
};

/* What can be known of a pool. */
struct queue_look {
	int slots;
	size_t running; /* may be more than slots: they were running when slots were fewer */
	size_t waiting; /* for a slot or for other jobs */
};

/* 0 or -ENOMEM. */
_must_check_ int queue_new(struct queue **ret);
struct queue *queue_free(struct queue *q);
static inline void queue_freep(struct queue **q)
{
	*q = queue_free(*q);
}

/* Make a pool, or change how many of its jobs may run at once: -1 any number, 0 none. What
 * runs already stays. 0 or -ENOMEM. */
_must_check_ int queue_set_pool(struct queue *q, const char *name, int slots);

/* Take no more jobs into this pool. Those that are in it go on as before, and with the last of
 * them it is gone; unless it is set again. */
void queue_drop_pool(struct queue *q, const char *name);

/* 0, or with nothing changed -ENOMEM, -ENOENT: there is no such pool, -EEXIST: the id is in
 * use. */
_must_check_ int queue_add(struct queue *q, const struct queue_job *job);

/* It runs already, without having been handed out (another manager started it). It takes its
 * slots, also where there are none left. */
void queue_started(struct queue *q, uint64_t id);

/* What ran has ended: its slots are free, and those after it are nearer to theirs. */
void queue_ended(struct queue *q, uint64_t id, bool success);

/* Take it out, whether it waits or runs; those after it will be skipped. */
void queue_remove(struct queue *q, uint64_t id);

/* Hand out the next job that may run now, or that never can, each once; the latter first.
 * False: nothing until one ends, is added or removed, or a pool is set. */
bool queue_next(struct queue *q, struct queue_turn *ret);

/* False: there is no such pool. */
bool queue_look(const struct queue *q, const char *pool, struct queue_look *ret);
