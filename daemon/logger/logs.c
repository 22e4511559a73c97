/* SPDX-License-Identifier: MIT */
#include "daemon/logger/logs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/logger/logs_job.h"
#include "daemon/logger/outlet.h"
#include "proto/link.h"

/* A log of which some bytes are on their way. */
struct want {
	struct target *target; /* a reference */
	uint64_t accepted;
};

/* One who is shown logs. */
struct viewer {
	struct list link;
	struct logs *set;
	struct iojob job;
	struct lane *lane;
	struct logs_job work;
	struct want *wants;
	size_t n_wants;
	mono_t wait_until; /* MONO_NEVER: a thread has it */
};

struct logs {
	struct iopool *pool;
	struct streams *streams;
	struct list all;
	size_t count;
	logs_answer_fn *fn;
	void *owner;
};

int logs_new(struct iopool *pool, struct streams *ss, logs_answer_fn *fn, void *owner,
	     struct logs **ret)
{
	struct logs *ls = malloc(sizeof *ls);

	if (!ls)
		return -ENOMEM;
	*ls = (struct logs){ .pool = pool, .streams = ss, .fn = fn, .owner = owner };
	list_init(&ls->all);
	*ret = ls;
	return 0;
}

static void viewer_free(struct viewer *v, mono_t now)
{
	list_unlink(&v->link);
	v->set->count--;
	for (size_t i = 0; i < v->n_wants; i++)
		target_unref(v->wants[i].target, now);
	for (size_t i = 0; i < v->work.n; i++)
		source_free(v->work.parts[i].source);
	free(v->wants);
	free(v->work.parts);
	fd_close(v->work.fd);
	lane_unref(v->lane);
	free(v);
}

static void on_work(struct iojob *j)
{
	logs_job_run(&container_of(j, struct viewer, job)->work);
}

static void on_done(struct iojob *j, mono_t now)
{
	viewer_free(container_of(j, struct viewer, job), now);
}

/* --- what is to be shown ------------------------------------------------------------- */

static bool has(const struct viewer *v, const struct target *t)
{
	for (size_t i = 0; i < v->n_wants; i++)
		if (v->wants[i].target == t)
			return true;
	return false;
}

static int add_log(struct viewer *v, uint32_t id, uint32_t which, struct target *t)
{
	struct want *wants = reallocarray(v->wants, v->n_wants + 1, sizeof *wants);
	struct logs_part *parts;
	const struct logrule *rule = target_rule(t);
	int r;

	if (!wants)
		return -ENOMEM;
	v->wants = wants;
	parts = reallocarray(v->work.parts, v->work.n + 1, sizeof *parts);
	if (!parts)
		return -ENOMEM;
	v->work.parts = parts;
	parts[v->work.n] = (struct logs_part){ .id = id, .which = which };
	r = source_new(rule->path, rule->backups, &parts[v->work.n].source);
	if (r < 0)
		return r;
	v->work.n++;
	v->wants[v->n_wants++] = (struct want){ target_ref(t), target_accepted(t) };
	return 0;
}

static int add_stream(struct viewer *v, uint32_t id, uint32_t which, mono_t now)
{
	struct target *t = streams_target(v->set->streams, id, which);

	if (!t || has(v, t))
		return 0;
	streams_look(v->set->streams, id, which, now);
	t = streams_target(v->set->streams, id, which);
	return t ? add_log(v, id, which, t) : 0;
}

struct adding {
	struct viewer *viewer;
	mono_t now;
	int result;
};

static void add_each(void *owner, uint32_t id, uint32_t which)
{
	struct adding *a = owner;

	if (a->result == 0)
		a->result = add_stream(a->viewer, id, which, a->now);
}

static int add_streams(struct viewer *v, const struct link_logs *m, mono_t now)
{
	struct adding a = { v, now, 0 };
	const char *s = m->streams.first;

	if (!m->streams.n)
		streams_each(v->set->streams, add_each, &a);
	for (uint32_t i = 0; i < m->streams.n; i++, s = link_strs_next(s)) {
		uint32_t id, which;

		if (sscanf(s, "%u %u", &id, &which) == 2)
			add_each(&a, id, which);
	}
	if (a.result == 0 && !v->work.n)
		return -ENOENT;
	return a.result;
}

static int viewer_new(struct logs *ls, const struct link_logs *m, int *fd, mono_t now,
		      struct viewer **ret)
{
	struct viewer *v;
	bool socket;
	int r;

	if (ls->count >= LOGS_MAX)
		return -EUSERS;
	r = outlet_prepare(fd, &socket);
	if (r < 0)
		return r;
	v = calloc(1, sizeof *v);
	if (!v)
		return -ENOMEM;
	v->set = ls;
	v->job.work = on_work;
	v->job.done = on_done;
	v->work.since_ms = m->since_ms;
	v->work.until_ms = m->until_ms;
	v->work.lines = m->lines;
	v->work.follow = m->follow;
	v->work.fd = TAKE_FD(*fd);
	v->work.socket = socket;
	v->wait_until = mono_add(now, LOGS_WAIT_MS);
	list_init(&v->link);
	list_append(&ls->all, &v->link);
	ls->count++;
	r = iopool_lane(ls->pool, "(viewers)", &v->lane);
	if (r == 0)
		r = add_streams(v, m, now);
	if (r < 0) {
		viewer_free(v, now);
		return r;
	}
	*ret = v;
	return 0;
}

void logs_add(struct logs *ls, const struct link_logs *m, int fd, mono_t now)
{
	_cleanup_(closep) int own = fd;
	struct viewer *v;
	int r = viewer_new(ls, m, &own, now, &v);

	ls->fn(ls->owner, m->token, -r);
	if (r == 0)
		logs_check(ls, now);
}

/* --- as time passes ------------------------------------------------------------------ */

static bool is_written(const struct viewer *v)
{
	for (size_t i = 0; i < v->n_wants; i++)
		if (target_settled(v->wants[i].target) < v->wants[i].accepted)
			return false;
	return true;
}

void logs_check(struct logs *ls, mono_t now)
{
	struct list *next;

	for (struct list *l = ls->all.next; l != &ls->all; l = next) {
		struct viewer *v = container_of(l, struct viewer, link);

		next = l->next;
		if (mono_is_never(v->wait_until) ||
		    (!is_written(v) && mono_before(now, v->wait_until)))
			continue;
		v->wait_until = MONO_NEVER;
		for (size_t i = 0; i < v->n_wants; i++)
			target_unref(v->wants[i].target, now);
		v->n_wants = 0;
		iopool_submit(ls->pool, v->lane, &v->job, now);
	}
}

mono_t logs_due(const struct logs *ls)
{
	mono_t due = MONO_NEVER;

	for (struct list *l = ls->all.next; l != &ls->all; l = l->next)
		due = mono_min(due, container_of(l, struct viewer, link)->wait_until);
	return due;
}

void logs_end(struct logs *ls, mono_t now)
{
	struct list *next;

	for (struct list *l = ls->all.next; l != &ls->all; l = next) {
		struct viewer *v = container_of(l, struct viewer, link);

		next = l->next;
		atomic_store(&v->work.stop, true);
		if (!mono_is_never(v->wait_until))
			viewer_free(v, now);
	}
}

size_t logs_count(const struct logs *ls)
{
	return ls->count;
}

struct logs *logs_free(struct logs *ls, mono_t now)
{
	if (!ls)
		return NULL;
	while (list_linked(&ls->all))
		viewer_free(container_of(ls->all.next, struct viewer, link), now);
	free(ls);
	return NULL;
}
