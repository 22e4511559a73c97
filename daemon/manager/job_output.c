/* SPDX-License-Identifier: MIT */
/*
 * job_output.c - Output. Who follows a job that waits is remembered until it has a stream to be
 * followed; the answer comes from the logger in any case.
 */
#include "daemon/manager/job_output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/manager/handlers.h"
#include "daemon/manager/operation.h"
#include "daemon/manager/refusal.h"
#include "daemon/manager/streams.h"

struct output {
	struct list link; /* of jobs.outputs, while the job waits */
	uint64_t job;
	uint32_t token; /* of the answer */
	int which;
	uint64_t bytes;
	bool follow;
	int fd; /* where to; owned while it is in the list */
};

static json_t *name_of(uint64_t id)
{
	char name[24];

	(void)snprintf(name, sizeof name, "%" PRIu64, id);
	return json_string(name);
}

static void told(struct manager *m, struct operation *op, const struct unit *u, void *data,
		 int error, const char *why)
{
	(void)u, (void)why;
	if (error && error != ESPIPE) /* a target that is no file has no end */
		(void)server_error(m->server, op->conn, op->serial, "NoSuchLog",
				   json_pack("{s:o}", "name", name_of((uintptr_t)data)));
	/* else the operation's own reply, an empty one, is the answer */
}

/* By the stream, for there may be more in its pipe than in the file; by the file, if the stream
 * is no more. */
static void show(struct manager *m, const struct job *j, const struct output *o)
{
	const struct stage *last = &j->stages[j->n - 1];

	manager_tell_logger(m,
			    &(struct link_msg){ .type = LINK_TAIL,
						.tail = { .token = o->token,
							  .id = last->proc,
							  .which = (uint32_t)o->which,
							  .path = j->logs[o->which],
							  .piped = last->ran || last->unit,
							  .bytes = o->bytes,
							  .follow = o->follow } },
			    o->fd);
}

static void drop(struct output *o)
{
	list_unlink(&o->link);
	o->fd = fd_close(o->fd);
	free(o);
}

void job_output_begin(struct manager *m, const struct job *j)
{
	struct list *next;

	for (struct list *l = m->jobs->outputs.next; l != &m->jobs->outputs; l = next) {
		struct output *o = container_of(l, struct output, link);

		next = l->next;
		if (o->job != j->id)
			continue;
		show(m, j, o);
		drop(o);
	}
}

void job_outputs_done(struct manager *m)
{
	while (m->jobs && list_linked(&m->jobs->outputs))
		drop(container_of(m->jobs->outputs.next, struct output, link));
}

static bool is_waiting(const struct job *j)
{
	return j->state == JOB_WAITING || j->state == JOB_CALLED;
}

static void remember(struct manager *m, const struct output *o, struct request *rq)
{
	struct output *kept = malloc(sizeof *kept);

	if (!kept) {
		operation_answer(m, o->token, ENOMEM);
		return;
	}
	*kept = *o;
	kept->fd = TAKE_FD(rq->fds[0]);
	list_init(&kept->link);
	list_append(&m->jobs->outputs, &kept->link);
}

static void begin(struct manager *m, struct request *rq, const struct job *j, int which)
{
	const json_int_t bytes = json_integer_value(json_object_get(rq->parameters, "bytes"));
	struct operation *op = operation_new(m, rq, NULL, NULL);
	struct output o = { .job = j->id,
			    .which = which,
			    .bytes = bytes > 0 ? (uint64_t)bytes : UINT64_MAX,
			    .follow = json_is_true(json_object_get(rq->parameters, "follow")),
			    .fd = rq->fds[0] };

	if (!op)
		return;
	o.token = operation_ask(m, op, NULL, NULL, WAIT_LOGGER, told, (void *)(uintptr_t)j->id);
	operation_go(m, op);
	if (!o.token)
		return;
	if (o.follow && is_waiting(j))
		remember(m, &o, rq);
	else
		show(m, j, &o);
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
		begin(m, rq, j, which);
}
