/* SPDX-License-Identifier: MIT */
/*
 * Any order of calls on a queue of jobs, beside a plain list of what was asked for. What is
 * handed out must be what that list says by looking at all of it: the best of those that may
 * run, or the first that never can; and when nothing is handed out, nothing could be. So no
 * pool has more that run than slots, and nothing starves that has room. In the end all come to
 * an end.
 *
 * The input is read three bytes at a time: what happens, to which job, and how.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/core/queue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { JOBS = 24, POOLS = 3, AFTER = 3 };

enum is { NOT_THERE, WAITS, RUNS };

struct job {
	enum is is;
	int pool[QUEUE_POOLS]; /* -1: none */
	int priority;
	unsigned turn;
	uint64_t after[AFTER]; /* that have not ended with success yet */
	size_t n_after;
	unsigned doomed; /* when it was known that it can never run; 0: it can */
	uint64_t because;
};

struct pool {
	bool there, dropped;
	int slots;
};

struct world {
	struct queue *queue;
	struct job jobs[JOBS]; /* by id */
	struct pool pools[POOLS];
	unsigned turn;
};

static const char *const names[POOLS] = { "a", "b", "c" };

/* --- the list ----------------------------------------------------------------------------- */

static size_t count(const struct world *w, int pool, enum is is)
{
	size_t n = 0;

	for (size_t i = 0; i < JOBS; i++) {
		const struct job *j = &w->jobs[i];

		n += j->is == is && (j->pool[0] == pool || j->pool[1] == pool);
	}
	return n;
}

static bool in_use(const struct world *w, int pool)
{
	return count(w, pool, WAITS) + count(w, pool, RUNS) > 0;
}

static bool has_room(const struct world *w, int pool)
{
	if (pool < 0 || w->pools[pool].slots < 0)
		return true;
	return count(w, pool, RUNS) < (size_t)w->pools[pool].slots;
}

static bool may_run(const struct world *w, const struct job *j)
{
	return j->is == WAITS && !j->doomed && j->n_after == 0 && has_room(w, j->pool[0]) &&
	       has_room(w, j->pool[1]);
}

static bool is_better(const struct job *a, const struct job *b)
{
	return a->priority != b->priority ? a->priority > b->priority : a->turn < b->turn;
}

static const struct job *best_of(const struct world *w)
{
	const struct job *best = NULL;

	for (size_t i = 0; i < JOBS; i++) {
		const struct job *j = &w->jobs[i];

		if (may_run(w, j) && (!best || is_better(j, best)))
			best = j;
	}
	return best;
}

static const struct job *first_doomed(const struct world *w)
{
	const struct job *first = NULL;

	for (size_t i = 0; i < JOBS; i++) {
		const struct job *j = &w->jobs[i];

		if (j->is == WAITS && j->doomed && (!first || j->doomed < first->doomed))
			first = j;
	}
	return first;
}

static void doom(struct world *w, struct job *j, uint64_t because)
{
	if (j->doomed || j->is != WAITS)
		return;
	j->doomed = ++w->turn;
	j->because = because;
}

static void wait_no_more(struct job *j, uint64_t id)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n_after; i++)
		if (j->after[i] != id)
			j->after[n++] = j->after[i];
	j->n_after = n;
}

static bool comes_after(const struct job *j, uint64_t id)
{
	for (size_t i = 0; i < j->n_after; i++)
		if (j->after[i] == id)
			return true;
	return false;
}

/* The next of those that come after @id, in the order in which they were added. */
static struct job *next_follower(struct world *w, uint64_t id, unsigned turn)
{
	struct job *next = NULL;

	for (size_t i = 0; i < JOBS; i++) {
		struct job *j = &w->jobs[i];

		if (j->is == WAITS && comes_after(j, id) && j->turn > turn &&
		    (!next || j->turn < next->turn))
			next = j;
	}
	return next;
}

static void over(struct world *w, uint64_t id, bool success)
{
	struct job *j;

	w->jobs[id].is = NOT_THERE;
	for (unsigned turn = 0; (j = next_follower(w, id, turn)); turn = j->turn) {
		if (success)
			wait_no_more(j, id);
		else
			doom(w, j, id);
	}
	for (int p = 0; p < POOLS; p++)
		if (w->pools[p].dropped && !in_use(w, p))
			w->pools[p] = (struct pool){ 0 };
}

/* --- what happens ------------------------------------------------------------------------- */

static void set_pool(struct world *w, uint8_t which, uint8_t how)
{
	struct pool *p = &w->pools[which % POOLS];
	int r;

	p->there = true;
	p->dropped = false;
	p->slots = how % 5 - 1;
	r = queue_set_pool(w->queue, names[which % POOLS], p->slots);
	assert(r == 0);
}

static void drop_pool(struct world *w, uint8_t which)
{
	struct pool *p = &w->pools[which % POOLS];

	queue_drop_pool(w->queue, names[which % POOLS]);
	p->dropped = p->there;
	if (!in_use(w, which % POOLS))
		*p = (struct pool){ 0 };
}

static bool is_open(const struct world *w, int pool)
{
	return pool < 0 || (w->pools[pool].there && !w->pools[pool].dropped);
}

/* Bits of @how choose pools and priority; it comes after @n that stand before it by number. */
static void add(struct world *w, uint8_t id, uint8_t how, size_t n)
{
	struct job j = {
		.is = WAITS,
		.pool = { how % 4 - 1, how / 4 % 4 - 1 },
		.priority = how / 16 % 4 - 1,
		.n_after = n,
	};
	struct queue_job job = {
		.id = id, .priority = j.priority, .after = j.after, .n_after = n
	};
	int want = 0, r;

	for (size_t i = 0; i < QUEUE_POOLS; i++) {
		job.pool[i] = j.pool[i] < 0 ? NULL : names[j.pool[i]];
		if (!is_open(w, j.pool[i]))
			want = -ENOENT;
	}
	for (size_t i = 0; i < n; i++)
		j.after[i] = (id + JOBS - 1u - i * (1u + how / 64u)) % JOBS;
	if (want == 0 && w->jobs[id].is != NOT_THERE)
		want = -EEXIST;
	r = queue_add(w->queue, &job);
	assert(r == want);
	if (r < 0)
		return;
	j.turn = ++w->turn;
	w->jobs[id] = j;
	for (size_t i = 0; i < n; i++)
		if (j.after[i] == id || w->jobs[j.after[i]].is == NOT_THERE)
			doom(w, &w->jobs[id], j.after[i]);
}

static void start(struct world *w, uint8_t id)
{
	queue_started(w->queue, id);
	if (w->jobs[id].is == WAITS)
		w->jobs[id].is = RUNS;
}

/* True if something was handed out, which then is what the list says. */
static bool take_next(struct world *w)
{
	const struct job *want = first_doomed(w);
	struct queue_turn t;

	if (!want)
		want = best_of(w);
	if (!queue_next(w->queue, &t)) {
		assert(!want);
		return false;
	}
	assert(want == &w->jobs[t.id]);
	if (want->doomed) {
		assert(t.verdict == QUEUE_SKIP && t.because == want->because);
		over(w, t.id, false);
		return true;
	}
	assert(t.verdict == QUEUE_RUN);
	w->jobs[t.id].is = RUNS;
	return true;
}

static void end(struct world *w, uint8_t id, bool success)
{
	const bool there = w->jobs[id].is != NOT_THERE;

	queue_ended(w->queue, id, success);
	if (there)
		over(w, id, success);
}

static void take_out(struct world *w, uint8_t id)
{
	const bool there = w->jobs[id].is != NOT_THERE;

	queue_remove(w->queue, id);
	if (there)
		over(w, id, false);
}

static void check(const struct world *w)
{
	for (int p = 0; p < POOLS; p++) {
		struct queue_look look;
		const bool there = queue_look(w->queue, names[p], &look);

		assert(there == (w->pools[p].there && !w->pools[p].dropped));
		if (!there)
			continue;
		assert(look.slots == w->pools[p].slots);
		assert(look.running == count(w, p, RUNS));
		assert(look.waiting == count(w, p, WAITS));
	}
}

static void happen(struct world *w, uint8_t what, uint8_t which, uint8_t how)
{
	const uint8_t id = which % JOBS;

	switch (what % 16) {
	case 0:
		set_pool(w, which, how);
		break;
	case 1:
		drop_pool(w, which);
		break;
	case 2:
	case 3:
	case 4:
	case 5:
		add(w, id, how, 0);
		break;
	case 6:
	case 7:
	case 8:
		add(w, id, how, what % 16 - 5u);
		break;
	case 9:
		start(w, id);
		break;
	case 10:
		take_out(w, id);
		break;
	case 11:
		end(w, id, how % 4 != 0);
		break;
	case 12: /* what runs, as it mostly is */
		if (w->jobs[id].is == RUNS)
			end(w, id, how % 4 != 0);
		break;
	default:
		(void)take_next(w);
	}
	check(w);
}

/* With a slot for each pool all that is left comes to an end. */
static void wind_down(struct world *w)
{
	for (uint8_t p = 0; p < POOLS; p++)
		if (w->pools[p].there)
			set_pool(w, p, 2);
	for (unsigned steps = 0;; steps++) {
		uint8_t id = 0;

		assert(steps <= JOBS);
		while (take_next(w))
			check(w);
		while (id < JOBS && w->jobs[id].is != RUNS)
			id++;
		if (id == JOBS)
			break;
		end(w, id, true);
	}
	for (size_t i = 0; i < JOBS; i++)
		assert(w->jobs[i].is == NOT_THERE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = { 0 };
	const int err = queue_new(&w.queue);

	assert(err == 0);
	for (size_t i = 0; i + 2 < size; i += 3)
		happen(&w, data[i], data[i + 1], data[i + 2]);
	if (size % 2) /* else what is left goes with the queue */
		wind_down(&w);
	w.queue = queue_free(w.queue);
	return 0;
}
