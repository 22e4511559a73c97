/* SPDX-License-Identifier: MIT */
/*
 * job_look.c - Jobs: all of them, or some.
 */
#include "daemon/manager/handlers.h"
#include "daemon/manager/job.h"
#include "daemon/manager/job_json.h"

static int by_id(const void *a, const void *b)
{
	const struct job *x = *(struct job *const *)a, *y = *(struct job *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

/* After a change of managers, the books are not always in the order of the numbers. */
static void add_all(const struct manager *m, json_t *list)
{
	const struct jobs *js = m->jobs;
	_cleanup_(freep) struct job **v = calloc(js->by_id.n + 1, sizeof(struct job *));
	size_t n = 0;

	for (struct list *l = js->all.next; v && l != &js->all; l = l->next)
		v[n++] = container_of(l, struct job, all);
	if (n)
		qsort(v, n, sizeof(struct job *), by_id);
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, job_json(m, v[i]));
}

static void add_some(const struct manager *m, const json_t *ids, json_t *list, json_t *missing)
{
	const json_t *id;
	size_t i;

	json_array_foreach(ids, i, id)
	{
		const json_int_t n = json_integer_value(id);
		const struct job *j = job_by_id(m->jobs, (uint64_t)n);

		if (j)
			(void)json_array_append_new(list, job_json(m, j));
		else
			(void)json_array_append_new(missing, json_integer(n));
	}
}

void handle_jobs(struct manager *m, struct request *rq)
{
	const json_t *ids = json_object_get(rq->parameters, "ids");
	json_t *list = json_array(), *missing = json_array();

	if (json_is_array(ids))
		add_some(m, ids, list, missing);
	else
		add_all(m, list);
	m->spent = true;
	(void)server_reply(m->server, rq->conn, rq->serial,
			   json_pack("{s:o,s:o}", "jobs", list, "missing", missing), false);
}
