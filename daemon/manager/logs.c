/* SPDX-License-Identifier: MIT */
/*
 * logs.c - Logs and MainTail, which show what was printed; Rotate, Clear, Reopen. The logger
 * does all of it: here it is told of which streams.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/manager/handlers.h"
#include "daemon/manager/names.h"
#include "daemon/manager/operation.h"
#include "daemon/manager/refusal.h"
#include "daemon/manager/streams.h"

static void no_such_log(struct manager *m, uint64_t conn, uint64_t serial, const char *name)
{
	(void)server_error(m->server, conn, serial, "NoSuchLog",
			   json_pack("{s:o}", "name", varlink_string(name)));
}

/* What the logger cannot do, in words. @log: what there is none of. */
static void tell_error(struct manager *m, const struct operation *op, int error,
		       const char *log)
{
	if (error == ENOENT)
		no_such_log(m, op->conn, op->serial, log);
	else if (error == EPIPE) /* the descriptor went with the one that was asked */
		(void)server_error(m->server, op->conn, op->serial, "LoggerGone",
				   json_object());
	else if (error)
		(void)server_error(m->server, op->conn, op->serial, "Failed",
				   json_pack("{s:s}", "what", strerrordesc_np(error)));
	/* else the operation's own reply is the answer */
}

static int64_t int_or(const struct request *rq, const char *key, int64_t otherwise)
{
	const json_t *v = json_object_get(rq->parameters, key);

	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

/* --- Logs ------------------------------------------------------------------------------- */

struct choice {
	struct buf streams; /* "ID WHICH" each, with its NUL */
	uint32_t n;
	json_t *list; /* LogStream each */
	int which; /* negative: both */
};

static int choose(struct choice *c, const struct unit *u)
{
	for (int which = 0; which < STREAM_N; which++) {
		if (c->which >= 0 && c->which != which)
			continue;
		if (buf_printf(&c->streams, "%" PRIu32 " %d%c", u->id, which, '\0') < 0)
			return -ENOMEM;
		c->n++;
	}
	return json_array_append_new(c->list,
				     json_pack("{s:I,s:o,s:o}", "id", (json_int_t)u->id, "name",
					       varlink_string(u->spec->name), "group",
					       varlink_string(u->group->name))) < 0
		       ? -ENOMEM
		       : 0;
}

static bool is_chosen(const struct choice *c, proc_id id)
{
	const json_t *o;
	size_t i;

	json_array_foreach(c->list, i, o)
	{
		if (json_integer_value(json_object_get(o, "id")) == id)
			return true;
	}
	return false;
}

/* Those that a name means, once. 0, -ENOENT or -ENOMEM. */
static int choose_name(const struct manager *m, struct choice *c, const char *name)
{
	_cleanup_(names_done) struct names names = { 0 };
	int r = names_resolve(m, name, ORDER_NAME, &names);

	if (r == 0 && names.kind == NAMES_NONE)
		r = -ENOENT;
	for (size_t i = 0; i < names.n && r == 0; i++) {
		const struct unit *u = manager_unit(m, names.v[i]);

		if (u && !is_chosen(c, names.v[i]))
			r = choose(c, u);
	}
	return r;
}

/* False: there is no such name, or no memory, which was said. */
static bool choose_all(struct manager *m, const struct request *rq, struct choice *c)
{
	const json_t *names = json_object_get(rq->parameters, "names");
	const size_t n = json_array_size(names);

	for (size_t i = 0; i < n || (i == 0 && n == 0); i++) {
		const char *name = n ? json_string_value(json_array_get(names, i)) : "all";
		const int r = choose_name(m, c, name);

		if (r == -ENOENT)
			server_error(m->server, rq->conn, rq->serial, "BadName",
				     json_pack("{s:o}", "name", varlink_string(name)));
		else if (r < 0)
			refusal_no_memory(m, rq);
		if (r < 0)
			return false;
	}
	return true;
}

static void logs_told(struct manager *m, struct operation *op, const struct unit *u, void *data,
		      int error, const char *why)
{
	(void)u, (void)data, (void)why;
	tell_error(m, op, error, "");
}

static void ask_logs(struct manager *m, struct request *rq, const struct choice *c)
{
	struct operation *op = operation_new(m, rq, "streams", NULL);
	const uint32_t token =
		op ? operation_ask(m, op, NULL, NULL, WAIT_LOGGER, logs_told, NULL) : 0;
	const json_t *o;
	size_t i;

	if (!op)
		return;
	json_array_foreach(c->list, i, o)
	{
		operation_append(op, OUTCOME_FIRST, json_incref((json_t *)(uintptr_t)o));
	}
	if (token)
		manager_tell_logger(
			m,
			&(struct link_msg){ .type = LINK_LOGS,
					    .logs = { .token = token,
						      .streams = { c->streams.data, c->n,
								   (uint32_t)c->streams.len },
						      .since_ms = int_or(rq, "since_ms", 0),
						      .until_ms = int_or(rq, "until_ms", 0),
						      .lines = int_or(rq, "lines", -1),
						      .follow = json_is_true(json_object_get(
							      rq->parameters, "follow")) } },
			rq->fds[0]);
	operation_go(m, op);
}

static void choice_done(struct choice *c)
{
	buf_done(&c->streams);
	json_decref(c->list);
}

void handle_logs(struct manager *m, struct request *rq)
{
	const char *channel = json_string_value(json_object_get(rq->parameters, "channel"));
	_cleanup_(choice_done) struct choice c = { .list = json_array(), .which = -1 };

	if (refusal_down(m, rq))
		return;
	if (channel)
		c.which = streams_which(channel);
	if (channel && c.which < 0)
		server_error(m->server, rq->conn, rq->serial, "BadChannel",
			     json_pack("{s:o}", "channel", varlink_string(channel)));
	else if (rq->fds[0] < 0)
		server_error(m->server, rq->conn, rq->serial, "NoDescriptor", json_object());
	else if (!choose_all(m, rq, &c))
		return;
	else if (!c.n || !m->logger) /* without any, all of them would be meant */
		no_such_log(m, rq->conn, rq->serial, "");
	else
		ask_logs(m, rq, &c);
}

/* --- MainTail --------------------------------------------------------------------------- */

static void main_told(struct manager *m, struct operation *op, const struct unit *u, void *data,
		      int error, const char *why)
{
	(void)u, (void)data, (void)why;
	tell_error(m, op, error == ESPIPE ? ENOENT : error, "supervisord");
}

void handle_main_tail(struct manager *m, struct request *rq)
{
	const char *path = m->config->supervisord.logfile;
	const int64_t bytes = int_or(rq, "bytes", 0);
	struct operation *op;
	uint32_t token;

	if (rq->fds[0] < 0) {
		server_error(m->server, rq->conn, rq->serial, "NoDescriptor", json_object());
		return;
	}
	if (!path || !*path || !strcmp(path, "syslog") || !m->logger) {
		no_such_log(m, rq->conn, rq->serial, "supervisord");
		return;
	}
	op = operation_new(m, rq, NULL, NULL);
	token = op ? operation_ask(m, op, NULL, NULL, WAIT_LOGGER, main_told, NULL) : 0;
	if (token)
		manager_tell_logger(
			m,
			&(struct link_msg){
				.type = LINK_TAIL,
				.tail = { .token = token,
					  .path = path,
					  .bytes = bytes > 0 ? (uint64_t)bytes : UINT64_MAX,
					  .follow = json_is_true(json_object_get(rq->parameters,
										 "follow")) } },
			rq->fds[0]);
	if (op)
		operation_go(m, op);
}

/* --- Rotate and Clear ------------------------------------------------------------------- */

/* Both streams of a process, one after the other: what became of the first is kept in the data
 * of the second. */
struct deed {
	enum link_type type;
	bool bare_is_done; /* also to a process that has no log */
};

static const struct deed rotating = { LINK_ROTATE, false };
static const struct deed clearing = { LINK_CLEAR, true };

static void deed_told(struct manager *m, struct operation *op, const struct unit *u,
		      const struct deed *d, int error)
{
	(void)m;
	if (error == ENOENT && d->bare_is_done)
		error = 0;
	operation_outcome(op, OUTCOME_FIRST, u, NULL,
			  !error	    ? FAULT_SUCCESS
			  : error == ENOENT ? FAULT_NO_FILE
					    : FAULT_FAILED,
			  !error	    ? "OK"
			  : error == ENOENT ? NULL
					    : strerrordesc_np(error));
}

static void ask_one(struct manager *m, struct operation *op, struct unit *u, int which,
		    const struct deed *d, wait_fn *fn, int before);

/* The worse of two; that one of the streams has no log is nothing. */
static int worse(int a, int b)
{
	if (a && a != ENOENT)
		return a;
	return !a && b == ENOENT ? 0 : b;
}

static void rotated_err(struct manager *m, struct operation *op, const struct unit *u,
			void *data, int error, const char *why)
{
	(void)why;
	deed_told(m, op, u, &rotating, worse((int)(intptr_t)data, error));
}

static void cleared_err(struct manager *m, struct operation *op, const struct unit *u,
			void *data, int error, const char *why)
{
	(void)why;
	deed_told(m, op, u, &clearing, worse((int)(intptr_t)data, error));
}

static void told_out(struct manager *m, struct operation *op, const struct unit *u,
		     const struct deed *d, wait_fn *next, int error)
{
	struct unit *same = manager_unit(m, u->id);

	if (same == u && m->logger)
		ask_one(m, op, same, STREAM_ERR, d, next, error);
	else
		deed_told(m, op, u, d, error);
}

static void rotated_out(struct manager *m, struct operation *op, const struct unit *u,
			void *data, int error, const char *why)
{
	(void)data, (void)why;
	told_out(m, op, u, &rotating, rotated_err, error);
}

static void cleared_out(struct manager *m, struct operation *op, const struct unit *u,
			void *data, int error, const char *why)
{
	(void)data, (void)why;
	told_out(m, op, u, &clearing, cleared_err, error);
}

static void ask_one(struct manager *m, struct operation *op, struct unit *u, int which,
		    const struct deed *d, wait_fn *fn, int before)
{
	const struct proc *p;
	struct unit *same;
	uint32_t token = 0;

	if (manager_find(m, u->id, &same, &p))
		token = operation_ask(m, op, u, p, WAIT_LOGGER, fn, (void *)(intptr_t)before);
	if (!token) {
		operation_outcome(op, OUTCOME_FIRST, u, NULL, FAULT_FAILED, "out of memory");
		return;
	}
	manager_tell_logger(
		m,
		&(struct link_msg){
			.type = d->type,
			.tail = { .token = token, .id = u->id, .which = (uint32_t)which } },
		-1);
}

static void do_name(struct manager *m, struct operation *op, const char *name,
		    const struct deed *d, wait_fn *fn)
{
	_cleanup_(names_done) struct names names = { 0 };

	if (names_resolve(m, name, ORDER_NAME, &names) < 0)
		operation_outcome(op, OUTCOME_FIRST, NULL, name, FAULT_FAILED, "out of memory");
	else if (names.kind == NAMES_NONE)
		operation_outcome(op, OUTCOME_FIRST, NULL, name, FAULT_BAD_NAME, NULL);
	for (size_t i = 0; i < names.n; i++) {
		struct unit *u = manager_unit(m, names.v[i]);

		if (u)
			ask_one(m, op, u, STREAM_OUT, d, fn, 0);
	}
}

static void do_names(struct manager *m, struct request *rq, const struct deed *d, wait_fn *fn)
{
	const json_t *name;
	struct operation *op;
	size_t i;

	if (refusal_down(m, rq))
		return;
	op = operation_new(m, rq, "outcomes", NULL);
	if (!op)
		return;
	json_array_foreach(json_object_get(rq->parameters, "names"), i, name)
	{
		do_name(m, op, json_string_value(name), d, fn);
	}
	operation_go(m, op);
}

void handle_rotate(struct manager *m, struct request *rq)
{
	do_names(m, rq, &rotating, rotated_out);
}

void handle_clear(struct manager *m, struct request *rq)
{
	do_names(m, rq, &clearing, cleared_out);
}

/* --- Reopen ----------------------------------------------------------------------------- */

void handle_reopen(struct manager *m, struct request *rq)
{
	manager_tell_logger(m, &(struct link_msg){ .type = LINK_REOPEN }, -1);
	server_reply(m->server, rq->conn, rq->serial, json_object(), false);
}
