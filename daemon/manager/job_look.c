/* SPDX-License-Identifier: MIT */
/*
 * job_look.c - Jobs and Output: what changes nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/manager/handlers.h"
#include "daemon/manager/job.h"
#include "daemon/manager/job_json.h"
#include "daemon/manager/operation.h"
#include "daemon/manager/refusal.h"
#include "daemon/manager/streams.h"

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

/* --- output ---------------------------------------------------------------------------------
 */
static json_t *name_of(uint64_t id)
{
	char name[24];

	(void)snprintf(name, sizeof name, "%" PRIu64, id);
	return json_string(name);
}

static void output_told(struct manager *m, struct operation *op, const struct unit *u,
			void *data, int error, const char *why)
{
	(void)u, (void)why;
	if (error && error != ESPIPE) /* a target that is no file has no end */
		(void)server_error(m->server, op->conn, op->serial, "NoSuchLog",
				   json_pack("{s:o}", "name", name_of((uintptr_t)data)));
	/* else the operation's own reply, an empty one, is the answer */
}

/* By the stream, for there may be more in its pipe than in the file; by the file, if the stream
 * is no more. */
static void ask_output(struct manager *m, struct request *rq, const struct job *j, int which)
{
	const json_int_t bytes = json_integer_value(json_object_get(rq->parameters, "bytes"));
	struct operation *op = operation_new(m, rq, NULL, NULL);
	uint32_t token = op ? operation_ask(m, op, NULL, NULL, WAIT_LOGGER, output_told,
					    (void *)(uintptr_t)j->id)
			    : 0;

	if (token)
		manager_tell_logger(
			m,
			&(struct link_msg){
				.type = LINK_TAIL,
				.tail = { .token = token,
					  .id = j->stages[j->n - 1].proc,
					  .which = (uint32_t)which,
					  .path = j->logs[which],
					  .piped = j->stages[j->n - 1].ran,
					  .bytes = bytes > 0 ? (uint64_t)bytes : UINT64_MAX,
					  .follow = json_is_true(json_object_get(rq->parameters,
										 "follow")) } },
			rq->fds[0]);
	if (op)
		operation_go(m, op);
}

void handle_output(struct manager *m, struct request *rq)
{
	const json_int_t id = json_integer_value(json_object_get(rq->parameters, "id"));
	const char *channel = json_string_value(json_object_get(rq->parameters, "channel"));
	const struct job *j = m->jobs ? job_by_id(m->jobs, (uint64_t)id) : NULL;
	const int which = streams_which(channel);

	if (which < 0)
		server_error(m->server, rq->conn, rq->serial, "BadChannel",
			     json_pack("{s:o}", "channel", varlink_string(channel)));
	else if (rq->fds[0] < 0)
		server_error(m->server, rq->conn, rq->serial, "NoDescriptor", json_object());
	else if (!j)
		server_error(m->server, rq->conn, rq->serial, "NoSuchJob",
			     json_pack("{s:I}", "id", id));
	else if (!j->logs[which] || !m->logger)
		server_error(m->server, rq->conn, rq->serial, "NoSuchLog",
			     json_pack("{s:o}", "name", name_of(j->id)));
	else
		ask_output(m, rq, j, which);
}
