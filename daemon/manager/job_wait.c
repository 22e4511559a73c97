/* SPDX-License-Identifier: MIT */
/*
 * Few wait: an end is looked for in all of their lists, which are sorted.
 */
#include "daemon/manager/job_wait.h"

#include <string.h>

#include "daemon/manager/handlers.h"
#include "daemon/manager/job_json.h"
#include "daemon/manager/refusal.h"

struct job_wait {
	struct list link; /* of jobs.waits */
	uint64_t conn, serial;
	bool more, any;
	size_t n, left; /* ids; how many of them have not ended */
	uint64_t ids[];
};

static void wait_free(struct job_wait *w)
{
	list_unlink(&w->link);
	free(w);
}

static int by_number(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool waits_for(const struct job_wait *w, uint64_t id)
{
	return bsearch(&id, w->ids, w->n, sizeof w->ids[0], by_number);
}

static void reply(struct manager *m, const struct job_wait *w, json_t *jobs, json_t *missing,
		  bool continues)
{
	(void)server_reply(m->server, w->conn, w->serial,
			   json_pack("{s:o,s:o}", "jobs", jobs, "missing", missing), continues);
}

/* All of them that have ended by now, and those that there are not, or no more. */
static void reply_ended(struct manager *m, const struct job_wait *w, bool continues)
{
	json_t *jobs = json_array(), *missing = json_array();

	for (size_t i = 0; i < w->n; i++) {
		const struct job *j = job_by_id(m->jobs, w->ids[i]);

		if (!j)
			(void)json_array_append_new(missing,
						    json_integer((json_int_t)w->ids[i]));
		else if (job_has_ended(j))
			(void)json_array_append_new(jobs, job_json(m, j));
	}
	reply(m, w, jobs, missing, continues);
}

static void tell(struct manager *m, struct job_wait *w, json_t *shown)
{
	const bool over = w->any || w->left == 0;

	if (w->more) {
		json_t *jobs = json_array();

		(void)json_array_append(jobs, shown);
		reply(m, w, jobs, json_array(), !over);
	} else if (over) {
		reply_ended(m, w, false);
	}
	if (over)
		wait_free(w);
}

void job_waits_notice(struct manager *m, const struct job *j, json_t *shown)
{
	struct list *next;

	for (struct list *l = m->jobs->waits.next; l != &m->jobs->waits; l = next) {
		struct job_wait *w = container_of(l, struct job_wait, link);

		next = l->next;
		if (!waits_for(w, j->id))
			continue;
		w->left--;
		tell(m, w, shown);
	}
}

void job_waits_abandon(struct manager *m, uint64_t conn)
{
	struct list *next;

	for (struct list *l = m->jobs->waits.next; l != &m->jobs->waits; l = next) {
		struct job_wait *w = container_of(l, struct job_wait, link);

		next = l->next;
		if (w->conn == conn)
			wait_free(w);
	}
}

void job_waits_end(struct manager *m, const char *error)
{
	while (list_linked(&m->jobs->waits)) {
		struct job_wait *w = container_of(m->jobs->waits.next, struct job_wait, link);

		(void)server_error(m->server, w->conn, w->serial, error, json_object());
		wait_free(w);
	}
}

/* Sorted, each once. */
static void take_ids(const json_t *ids, struct job_wait *w)
{
	const size_t n = json_array_size(ids);

	for (size_t i = 0; i < n; i++)
		w->ids[i] = (uint64_t)json_integer_value(json_array_get(ids, i));
	qsort(w->ids, n, sizeof w->ids[0], by_number);
	for (size_t i = 0; i < n; i++)
		if (!i || w->ids[i] != w->ids[i - 1])
			w->ids[w->n++] = w->ids[i];
}

/* How many have not ended; whether some have. */
static bool count_left(const struct manager *m, struct job_wait *w)
{
	bool ended = false;

	for (size_t i = 0; i < w->n; i++) {
		const struct job *j = job_by_id(m->jobs, w->ids[i]);

		if (j && !job_has_ended(j))
			w->left++;
		else if (j)
			ended = true;
	}
	return ended;
}

void handle_wait_jobs(struct manager *m, struct request *rq)
{
	const json_t *ids = json_object_get(rq->parameters, "ids");
	struct job_wait *w = calloc(1, sizeof *w + json_array_size(ids) * sizeof w->ids[0]);
	bool ended, over;

	if (!w) {
		refusal_no_memory(m, rq);
		return;
	}
	w->conn = rq->conn;
	w->serial = rq->serial;
	w->more = rq->more;
	w->any = json_is_true(json_object_get(rq->parameters, "any"));
	list_append(&m->jobs->waits, &w->link);
	take_ids(ids, w);
	ended = count_left(m, w);
	over = w->left == 0 || (w->any && ended);
	if (over || w->more)
		reply_ended(m, w, !over);
	if (over)
		wait_free(w);
}
