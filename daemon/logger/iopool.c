/* SPDX-License-Identifier: MIT */
/*
 * A lane is in the ring of ready ones while it has jobs waiting and may have one more thread.
 * Threads take the first job of the first ready lane and put the lane behind the others: a lane
 * with a thousand jobs does not starve one with a single job.
 *
 * One thread can write more than most disks take, and a second only adds switches. So a thread
 * is woken or added when jobs are ready and none was taken for POOL_STALL_MS: all of them wait.
 */
#include "daemon/logger/iopool.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>

#include "daemon/logger/table.h"

enum { POOL_STACK = 256 * 1024 }; /* address space; a few pages of it are ever touched */

struct lane {
	struct table_node node;
	struct iopool *pool;
	struct list ready; /* in pool->ready or pool->full, or alone */
	struct list jobs;
	unsigned busy; /* threads that are at its jobs, */
	unsigned most; /* and may be */
	unsigned looks; /* at it while it was full and nothing moved */
	unsigned refs;
	char name[];
};

struct worker {
	pthread_t thread;
	bool used; /* there is a thread to be joined; the loop's alone */
	bool ended; /* or will be in a moment; under the lock */
	struct iopool *pool;
};

struct iopool {
	int fd;
	struct table lanes;
	size_t busy;
	mono_t stall_at;
	unsigned long seen; /* of taken, at the last look */

	pthread_mutex_t lock; /* for what follows, and for lanes but their refs */
	pthread_cond_t wake;
	struct list ready, full, done; /* full: jobs wait, but there may be no more threads */
	unsigned long taken; /* jobs that threads took so far */
	unsigned threads, idle;
	bool stop;
	struct worker workers[POOL_THREADS];
};

int iopool_new(struct iopool **ret)
{
	_cleanup_(closep) int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct iopool *p;

	if (fd < 0)
		return -errno;
	p = calloc(1, sizeof *p);
	if (!p)
		return -ENOMEM;
	p->fd = TAKE_FD(fd);
	p->stall_at = MONO_NEVER;
	list_init(&p->ready);
	list_init(&p->full);
	list_init(&p->done);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	*ret = p;
	return 0;
}

struct iopool *iopool_free(struct iopool *p)
{
	if (!p)
		return NULL;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < POOL_THREADS; i++)
		if (p->workers[i].used)
			pthread_join(p->workers[i].thread, NULL);
	assert(!list_linked(&p->ready));
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	table_done(&p->lanes);
	fd_close(p->fd);
	free(p);
	return NULL;
}

int iopool_fd(const struct iopool *p)
{
	return p->fd;
}

size_t iopool_busy(const struct iopool *p)
{
	return p->busy;
}

unsigned iopool_threads(struct iopool *p)
{
	unsigned n;

	pthread_mutex_lock(&p->lock);
	n = p->threads;
	pthread_mutex_unlock(&p->lock);
	return n;
}

int iopool_lane(struct iopool *p, const char *name, struct lane **ret)
{
	const size_t size = strlen(name) + 1;
	const uint32_t hash = table_hash(name, size);
	struct table_node *n;
	struct lane *l;

	for (n = table_find(&p->lanes, hash); n; n = table_find_next(n)) {
		l = container_of(n, struct lane, node);
		if (strcmp(l->name, name) != 0)
			continue;
		l->refs++;
		*ret = l;
		return 0;
	}
	l = malloc(sizeof *l + size);
	if (!l)
		return -ENOMEM;
	*l = (struct lane){ .pool = p, .refs = 1, .most = LANE_THREADS };
	list_init(&l->ready);
	list_init(&l->jobs);
	memcpy(l->name, name, size);
	if (table_add(&p->lanes, &l->node, hash) < 0) {
		free(l);
		return -ENOMEM;
	}
	*ret = l;
	return 0;
}

int iopool_lane_of(struct iopool *p, const char *path, struct lane **ret)
{
	const char *slash = strrchr(path, '/');
	_cleanup_(freep) char *dir = NULL;

	if (!slash || strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0)
		return iopool_lane(p, path, ret);
	dir = strndup(path, (size_t)(slash - path));
	return dir ? iopool_lane(p, dir, ret) : -ENOMEM;
}

struct lane *lane_unref(struct lane *l)
{
	if (!l || --l->refs)
		return NULL;
	table_remove(&l->pool->lanes, &l->node);
	free(l);
	return NULL;
}

/* Holding the lock: put @l where threads look, if it may have one more. */
static void offer(struct iopool *p, struct lane *l)
{
	if (!list_linked(&l->jobs) || list_linked(&l->ready))
		return;
	if (l->busy >= l->most) {
		list_append(&p->full, &l->ready);
		return;
	}
	list_append(&p->ready, &l->ready);
	if (p->idle && p->idle == p->threads) /* who is at work takes it next */
		pthread_cond_signal(&p->wake);
}

/* Holding the lock: the next job, or NULL. */
static struct iojob *take(struct iopool *p)
{
	struct lane *l;
	struct iojob *j;

	if (!list_linked(&p->ready))
		return NULL;
	l = container_of(p->ready.next, struct lane, ready);
	j = container_of(l->jobs.next, struct iojob, link);
	list_unlink(&l->ready);
	list_unlink(&j->link);
	l->busy++;
	p->taken++;
	offer(p, l);
	return j;
}

/* Holding the lock: report @j; the loop is woken by the first of several only. */
static void report(struct iopool *p, struct iojob *j)
{
	const bool first = !list_linked(&p->done);
	struct lane *l = j->lane;

	l->busy--;
	l->looks = 0;
	list_unlink(&l->ready);
	if (!list_linked(&l->jobs) && l->most > LANE_THREADS)
		l->most = l->busy > LANE_THREADS ? l->busy : LANE_THREADS;
	offer(p, l);
	list_append(&p->done, &j->link);
	if (first)
		(void)eventfd_write(p->fd, 1);
}

/* Holding the lock: wait for a job. NULL: this thread is one too many, or all shall end. */
static struct iojob *await(struct iopool *p)
{
	struct iojob *j;

	while (!(j = take(p)) && !p->stop && p->idle < POOL_RESIDENT) {
		p->idle++;
		pthread_cond_wait(&p->wake, &p->lock);
		p->idle--;
	}
	return j;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct iopool *p = w->pool;
	struct iojob *j;

	pthread_mutex_lock(&p->lock);
	while ((j = await(p))) {
		pthread_mutex_unlock(&p->lock);
		j->work(j);
		pthread_mutex_lock(&p->lock);
		report(p, j);
	}
	p->threads--;
	w->ended = true;
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static int create(struct worker *w)
{
	sigset_t all, old;
	pthread_attr_t attr;
	int r;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, POOL_STACK);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&w->thread, &attr, worker_main, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return -r;
}

/* Holding the lock: those that ended have let go of it for good. */
static void join_ended(struct iopool *p)
{
	for (size_t i = 0; i < POOL_THREADS; i++) {
		struct worker *w = &p->workers[i];

		if (!w->used || !w->ended)
			continue;
		pthread_join(w->thread, NULL);
		*w = (struct worker){ 0 };
	}
}

/* Holding the lock: one more thread, if there may be. */
static void add_thread(struct iopool *p)
{
	join_ended(p);
	for (size_t i = 0; i < POOL_THREADS; i++) {
		struct worker *w = &p->workers[i];

		if (w->used)
			continue;
		w->pool = p;
		w->used = true;
		p->threads++;
		if (create(w) < 0) {
			w->used = false;
			p->threads--;
		}
		return;
	}
}

/* No thread is to be had at all: better slow than never. */
static void do_here(struct iopool *p)
{
	struct iojob *j;

	while ((j = take(p))) {
		pthread_mutex_unlock(&p->lock);
		j->work(j);
		pthread_mutex_lock(&p->lock);
		report(p, j);
	}
}

void iopool_submit(struct iopool *p, struct lane *l, struct iojob *j, mono_t now)
{
	j->lane = l;
	p->busy++;
	pthread_mutex_lock(&p->lock);
	list_append(&l->jobs, &j->link);
	offer(p, l);
	if (!p->threads)
		add_thread(p);
	if (!p->threads)
		do_here(p);
	pthread_mutex_unlock(&p->lock);
	if (mono_is_never(p->stall_at))
		p->stall_at = mono_add(now, POOL_STALL_MS);
}

size_t iopool_collect(struct iopool *p, mono_t now)
{
	struct list done = LIST_INIT(done);
	eventfd_t ignored;
	size_t n = 0;

	pthread_mutex_lock(&p->lock);
	(void)eventfd_read(p->fd, &ignored);
	list_take(&done, &p->done);
	pthread_mutex_unlock(&p->lock);
	while (list_linked(&done)) {
		struct iojob *j = container_of(done.next, struct iojob, link);

		list_unlink(&j->link);
		p->busy--;
		n++;
		j->done(j, now);
	}
	if (!p->busy)
		p->stall_at = MONO_NEVER;
	return n;
}

mono_t iopool_due(const struct iopool *p)
{
	return p->stall_at;
}

/* Holding the lock: lanes all of whose threads hang get one more. */
static void widen(struct iopool *p)
{
	struct list full = LIST_INIT(full);

	list_take(&full, &p->full);
	while (list_linked(&full)) {
		struct lane *l = container_of(full.next, struct lane, ready);

		list_unlink(&l->ready);
		if (++l->looks >= LANE_HANG_LOOKS && l->most < LANE_THREADS_MAX) {
			l->looks = 0;
			l->most++;
		}
		offer(p, l);
	}
}

void iopool_check(struct iopool *p, mono_t now)
{
	if (mono_before(now, p->stall_at))
		return;
	pthread_mutex_lock(&p->lock);
	widen(p);
	if (list_linked(&p->ready) && p->taken == p->seen) {
		if (p->idle)
			pthread_cond_signal(&p->wake);
		else
			add_thread(p);
	}
	p->seen = p->taken;
	/* With all threads there may be, looking does not help: whichever is free first goes
	 * on. */
	p->stall_at =
		(list_linked(&p->ready) || list_linked(&p->full)) && p->threads < POOL_THREADS
			? mono_add(now, POOL_STALL_MS)
			: MONO_NEVER;
	pthread_mutex_unlock(&p->lock);
}
