/* SPDX-License-Identifier: MIT */
/*
 * A job that waits for others holds an edge to each of them; when it has none left it is ready
 * and stands in the heap of its lane. A lane is what jobs that need the same pools wait in: so
 * to find the next means to compare the first of each lane, however many wait. Lanes, and pools
 * that were dropped, go with their last job.
 */
#include "daemon/core/queue.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/list.h"
#include "daemon/core/heap.h"
#include "daemon/core/order.h"

struct pool {
	int slots;
	bool dropped;
	size_t jobs, running;
	char name[];
};

struct lane {
	struct list in; /* of queue.lanes */
	struct pool *pool[QUEUE_POOLS];
	struct heap ready;
	size_t jobs;
};

/* That @job comes after the one in whose list of followers this is. */
struct edge {
	struct list in;
	struct job *job;
};

enum job_state {
	JOB_WAITS, /* for others */
	JOB_READY, /* for a slot */
	JOB_RUNS,
	JOB_DOOMED, /* to be skipped */
};

struct job {
	struct heap_item ready; /* in lane->ready */
	struct list doomed; /* in queue.doomed */
	struct list followers; /* edges of those that come after this one */
	struct job *next; /* in its bucket */
	struct lane *lane;
	uint64_t id;
	uint64_t turn; /* the order of add */
	uint64_t because; /* it is doomed */
	enum job_state state;
	int priority;
	size_t waits_for; /* how many have not ended with success yet */
	size_t n_edges;
	struct edge edges[];
};

struct queue {
	struct order pools; /* by name */
	struct list lanes, doomed;
	struct job **bucket; /* by id */
	size_t n_buckets, n_jobs; /* buckets: 0 or a power of two */
	uint64_t turn; /* given last */
};

int queue_new(struct queue **ret)
{
	struct queue *q = calloc(1, sizeof *q);

	if (!q)
		return -ENOMEM;
	list_init(&q->lanes);
	list_init(&q->doomed);
	*ret = q;
	return 0;
}

/* --- pools and lanes ---------------------------------------------------------------------- */

static int pool_by_name(const void *a, const void *b)
{
	const struct pool *p = a, *o = b;

	return strcmp(p->name, o->name);
}

static int pool_to_name(const void *it, const void *key)
{
	return strcmp(((const struct pool *)it)->name, key);
}

static struct pool *pool_of(const struct queue *q, const char *name)
{
	const size_t at = order_seek(&q->pools, pool_to_name, name);

	if (at == q->pools.n || pool_to_name(q->pools.v[at], name) != 0)
		return NULL;
	return q->pools.v[at];
}

static bool has_room(const struct pool *p)
{
	return !p || p->slots < 0 || p->running < (size_t)p->slots;
}

int queue_set_pool(struct queue *q, const char *name, int slots)
{
	struct pool *p = pool_of(q, name);
	const size_t len = strlen(name) + 1;

	if (!p) {
		if (order_reserve(&q->pools, 1) < 0)
			return -ENOMEM;
		p = calloc(1, sizeof *p + len);
		if (!p)
			return -ENOMEM;
		memcpy(p->name, name, len);
		order_insert(&q->pools, pool_by_name, p);
	}
	p->slots = slots;
	p->dropped = false;
	return 0;
}

static void pool_tidy(struct queue *q, struct pool *p)
{
	if (!p->dropped || p->jobs > 0)
		return;
	order_remove(&q->pools, pool_by_name, p);
	free(p);
}

void queue_drop_pool(struct queue *q, const char *name)
{
	struct pool *p = pool_of(q, name);

	if (!p)
		return;
	p->dropped = true;
	pool_tidy(q, p);
}

bool queue_look(const struct queue *q, const char *pool, struct queue_look *ret)
{
	const struct pool *p = pool_of(q, pool);

	if (!p || p->dropped)
		return false;
	*ret = (struct queue_look){
		.slots = p->slots,
		.running = p->running,
		.waiting = p->jobs - p->running,
	};
	return true;
}

static struct lane *lane_free(struct lane *l)
{
	if (!l)
		return NULL;
	list_unlink(&l->in);
	heap_done(&l->ready);
	free(l);
	return NULL;
}

/* The lane of @pool, with room for one more job. */
static int lane_get(struct queue *q, struct pool *const *pool, struct lane **ret)
{
	struct lane *l = NULL;

	for (struct list *at = q->lanes.next; at != &q->lanes; at = at->next) {
		l = container_of(at, struct lane, in);
		if (memcmp(l->pool, pool, sizeof l->pool) == 0) {
			*ret = l;
			return heap_reserve(&l->ready, l->jobs + 1);
		}
	}
	l = calloc(1, sizeof *l);
	if (!l)
		return -ENOMEM;
	list_init(&l->in);
	if (heap_reserve(&l->ready, 1) < 0) {
		lane_free(l);
		return -ENOMEM;
	}
	memcpy(l->pool, pool, sizeof l->pool);
	list_append(&q->lanes, &l->in);
	*ret = l;
	return 0;
}

/* --- jobs --------------------------------------------------------------------------------- */

static bool sooner(const struct heap_item *a, const struct heap_item *b)
{
	const struct job *j = container_of(a, const struct job, ready);
	const struct job *k = container_of(b, const struct job, ready);

	if (j->priority != k->priority)
		return j->priority > k->priority;
	return j->turn < k->turn;
}

/* Ids are mostly given one after the other: they need no hashing. */
static struct job **bucket_of(const struct queue *q, uint64_t id)
{
	return &q->bucket[id & (q->n_buckets - 1)];
}

static struct job *job_of(const struct queue *q, uint64_t id)
{
	struct job *j = q->n_buckets ? *bucket_of(q, id) : NULL;

	while (j && j->id != id)
		j = j->next;
	return j;
}

/* Have at least as many buckets as there are jobs with one more. */
static int reserve_bucket(struct queue *q)
{
	const size_t n = q->n_buckets ? q->n_buckets * 2 : 16, old_n = q->n_buckets;
	struct job **old = q->bucket, **bucket;

	if (q->n_jobs < q->n_buckets)
		return 0;
	bucket = calloc(n, sizeof(*bucket));
	if (!bucket)
		return -ENOMEM;
	q->bucket = bucket;
	q->n_buckets = n;
	for (size_t i = 0; i < old_n; i++)
		while (old[i]) {
			struct job *j = old[i], **to = bucket_of(q, j->id);

			old[i] = j->next;
			j->next = *to;
			*to = j;
		}
	free(old);
	return 0;
}

static void get_ready(struct job *j)
{
	j->state = JOB_READY;
	heap_put(&j->lane->ready, sooner, &j->ready);
}

static void doom(struct queue *q, struct job *j, uint64_t because)
{
	if (j->state != JOB_WAITS)
		return;
	j->state = JOB_DOOMED;
	j->because = because;
	list_append(&q->doomed, &j->doomed);
}

/* It waits for nobody any more. */
static void let_go(struct job *j)
{
	for (size_t i = 0; i < j->n_edges; i++)
		list_unlink(&j->edges[i].in);
	list_unlink(&j->doomed);
	heap_take(&j->lane->ready, sooner, &j->ready);
}

static void run(struct job *j)
{
	let_go(j);
	j->state = JOB_RUNS;
	for (size_t i = 0; i < QUEUE_POOLS; i++)
		if (j->lane->pool[i])
			j->lane->pool[i]->running++;
}

/* Those that come after it have one less to wait for, or no hope. */
static void tell_followers(struct queue *q, struct job *j, bool success)
{
	while (list_linked(&j->followers)) {
		struct edge *e = container_of(j->followers.next, struct edge, in);

		list_unlink(&e->in);
		if (!success)
			doom(q, e->job, j->id);
		else if (--e->job->waits_for == 0)
			get_ready(e->job);
	}
}

static void leave_lane(struct queue *q, struct job *j)
{
	struct lane *l = j->lane;

	for (size_t i = 0; i < QUEUE_POOLS; i++) {
		struct pool *p = l->pool[i];

		if (!p)
			continue;
		p->jobs--;
		p->running -= j->state == JOB_RUNS;
		pool_tidy(q, p);
	}
	if (--l->jobs == 0)
		lane_free(l);
}

static void job_drop(struct queue *q, struct job *j, bool success)
{
	struct job **at = bucket_of(q, j->id);

	tell_followers(q, j, success);
	let_go(j);
	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	q->n_jobs--;
	leave_lane(q, j);
	free(j);
}

static struct job *job_new(const struct queue_job *from)
{
	struct job *j = calloc(1, sizeof(*j) + from->n_after * sizeof j->edges[0]);

	if (!j)
		return NULL;
	list_init(&j->doomed);
	list_init(&j->followers);
	j->id = from->id;
	j->priority = from->priority;
	j->waits_for = j->n_edges = from->n_after;
	for (size_t i = 0; i < j->n_edges; i++) {
		j->edges[i].job = j;
		list_init(&j->edges[i].in);
	}
	return j;
}

/* There is room for it in @l and in its bucket. */
static void enter(struct queue *q, struct job *j, struct lane *l, const uint64_t *after)
{
	struct job **at;

	j->turn = ++q->turn;
	j->lane = l;
	l->jobs++;
	for (size_t i = 0; i < QUEUE_POOLS; i++)
		if (l->pool[i])
			l->pool[i]->jobs++;
	for (size_t i = 0; i < j->n_edges; i++) {
		struct job *other = job_of(q, after[i]);

		if (other)
			list_append(&other->followers, &j->edges[i].in);
		else
			doom(q, j, after[i]);
	}
	at = bucket_of(q, j->id);
	j->next = *at;
	*at = j;
	q->n_jobs++;
	if (j->n_edges == 0)
		get_ready(j);
}

/* The pools that @job names, each once. */
static int find_pools(const struct queue *q, const struct queue_job *job, struct pool **ret)
{
	for (size_t i = 0; i < QUEUE_POOLS; i++) {
		ret[i] = job->pool[i] ? pool_of(q, job->pool[i]) : NULL;
		if (job->pool[i] && (!ret[i] || ret[i]->dropped))
			return -ENOENT;
	}
	if (ret[1] == ret[0])
		ret[1] = NULL;
	return 0;
}

int queue_add(struct queue *q, const struct queue_job *job)
{
	_cleanup_(freep) struct job *j = NULL;
	struct pool *pool[QUEUE_POOLS];
	struct lane *l;

	if (find_pools(q, job, pool) < 0)
		return -ENOENT;
	if (job_of(q, job->id))
		return -EEXIST;
	j = job_new(job);
	if (!j || reserve_bucket(q) < 0 || lane_get(q, pool, &l) < 0)
		return -ENOMEM;
	enter(q, TAKE_PTR(j), l, job->after);
	return 0;
}

void queue_started(struct queue *q, uint64_t id)
{
	struct job *j = job_of(q, id);

	if (j && j->state != JOB_RUNS)
		run(j);
}

void queue_ended(struct queue *q, uint64_t id, bool success)
{
	struct job *j = job_of(q, id);

	if (j)
		job_drop(q, j, success);
}

void queue_remove(struct queue *q, uint64_t id)
{
	queue_ended(q, id, false);
}

/* --- who is next -------------------------------------------------------------------------- */

/* The first of @l if it has its slots, or NULL. */
static struct job *first_of(const struct lane *l)
{
	struct heap_item *it = heap_first(&l->ready);

	for (size_t i = 0; it && i < QUEUE_POOLS; i++)
		if (!has_room(l->pool[i]))
			it = NULL;
	return it ? container_of(it, struct job, ready) : NULL;
}

static struct job *next_ready(const struct queue *q)
{
	struct job *best = NULL;

	for (struct list *at = q->lanes.next; at != &q->lanes; at = at->next) {
		struct job *j = first_of(container_of(at, struct lane, in));

		if (j && (!best || sooner(&j->ready, &best->ready)))
			best = j;
	}
	return best;
}

bool queue_next(struct queue *q, struct queue_turn *ret)
{
	struct job *j;

	if (list_linked(&q->doomed)) {
		j = container_of(q->doomed.next, struct job, doomed);
		*ret = (struct queue_turn){ j->id, QUEUE_SKIP, j->because };
		job_drop(q, j, false);
		return true;
	}
	j = next_ready(q);
	if (!j)
		return false;
	*ret = (struct queue_turn){ .id = j->id, .verdict = QUEUE_RUN };
	run(j);
	return true;
}

struct queue *queue_free(struct queue *q)
{
	if (!q)
		return NULL;
	for (size_t i = 0; i < q->n_buckets; i++)
		while (q->bucket[i])
			job_drop(q, q->bucket[i], false);
	for (size_t i = 0; i < q->pools.n; i++)
		free(q->pools.v[i]);
	order_done(&q->pools);
	free(q->bucket);
	free(q);
	return NULL;
}
