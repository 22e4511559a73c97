/* SPDX-License-Identifier: MIT */
/*
 * look.c - info, status and tail: what changes nothing.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "daemon/manager/describe.h"
#include "daemon/manager/handlers.h"
#include "daemon/manager/look.h"
#include "daemon/manager/names.h"
#include "daemon/manager/operation.h"
#include "daemon/manager/refusal.h"
#include "daemon/manager/streams.h"

/* The version of supervisord's API that our answers follow, and its daemon's states. */
#define API_VERSION "3.0"
enum { MOOD_RUNNING = 1, MOOD_RESTARTING = 0, MOOD_SHUTDOWN = -1 };

static int mood_of(const struct manager *m, const char **ret_name)
{
	switch (m->phase) {
	case PHASE_GREETING:
	case PHASE_SETTINGS:
	case PHASE_RUNNING:
		break;
	case PHASE_SHUTDOWN:
		*ret_name = "SHUTDOWN";
		return MOOD_SHUTDOWN;
	case PHASE_RELOAD:
		*ret_name = "RESTARTING";
		return MOOD_RESTARTING;
	}
	*ret_name = "RUNNING";
	return MOOD_RUNNING;
}

void handle_info(struct manager *m, struct request *rq)
{
	const char *name;
	const int mood = mood_of(m, &name);

	server_reply(m->server, rq->conn, rq->serial,
		     json_pack("{s:s,s:s,s:i,s:o,s:i,s:s,s:o,s:I}", "version", REEVE_VERSION,
			       "api_version", API_VERSION, "pid", (int)m->greeting.keeper_pid,
			       "identification",
			       varlink_string(m->config->supervisord.identifier), "state", mood,
			       "statename", name, "config_file",
			       varlink_string(m->config->path), "processes",
			       (json_int_t)roster_count(m->roster)),
		     false);
}

/* --- status
 * ----------------------------------------------------------------------------------- */

static json_t *log_path(const struct manager *m, const struct unit *u, int which)
{
	_cleanup_(buf_done) struct buf path = BUF_INIT;

	if (streams_path(m, u, which, &path) < 0)
		return NULL;
	return varlink_string(buf_str(&path));
}

static void set_text(json_t *o, const char *key, int made, const struct buf *text)
{
	(void)json_object_set_new(o, key, made < 0 ? NULL : varlink_string(buf_str(text)));
}

static void set_int(json_t *o, const char *key, int64_t value)
{
	(void)json_object_set_new(o, key, json_integer(value));
}

/* The fields of supervisord's getProcessInfo. */
static void add_info(const struct manager *m, const struct unit *u, const struct proc *p,
		     json_t *o)
{
	_cleanup_(buf_done) struct buf trouble = BUF_INIT, state = BUF_INIT;
	const int t = describe_trouble(u, p, &trouble);
	const int s = describe_state(u, p, loop_now(m->loop), &state);

	(void)json_object_set_new(o, "name", varlink_string(u->spec->name));
	(void)json_object_set_new(o, "group", varlink_string(u->group->name));
	set_int(o, "start", u->started_ms / 1000);
	set_int(o, "stop", u->stopped_ms / 1000);
	set_int(o, "now", (int64_t)time(NULL));
	set_int(o, "state", proc_seen(p));
	(void)json_object_set_new(o, "statename", json_string(proc_seen_name(proc_seen(p))));
	set_text(o, "spawnerr", t, &trouble);
	set_int(o, "exitstatus", describe_exitstatus(p));
	(void)json_object_set_new(o, "logfile", log_path(m, u, STREAM_OUT));
	(void)json_object_set_new(o, "stdout_logfile", log_path(m, u, STREAM_OUT));
	(void)json_object_set_new(o, "stderr_logfile", log_path(m, u, STREAM_ERR));
	set_int(o, "pid", p->alive ? p->pid : 0);
	set_text(o, "description", s, &state);
}

static int exit_signal(const struct proc *p)
{
	return !p->alive && describe_exitstatus(p) < 0 ? WTERMSIG(p->wait_status) : 0;
}

/* What we know beyond it. */
static void add_more(const struct manager *m, const struct unit *u, const struct proc *p,
		     json_t *o)
{
	const mono_t now = loop_now(m->loop);
	_cleanup_(buf_done) struct buf source = BUF_INIT;
	const int made = describe_source(u->spec, &source);

	(void)json_object_set_new(o, "program", varlink_string(u->spec->program));
	(void)json_object_set_new(o, "machine_state", json_string(proc_state_name(p->state)));
	set_int(o, "generation", p->gen);
	set_int(o, "restarts", p->restarts);
	set_int(o, "failures", p->failures);
	set_int(o, "exit_signal", exit_signal(p));
	(void)json_object_set_new(o, "cause", json_string(describe_cause(p->cause)));
	set_int(o, "uptime_ms", p->alive ? mono_span(p->started, now) : 0);
	if (p->state == PROC_BACKOFF && !mono_is_never(p->deadline))
		set_int(o, "next_start_ms", mono_span(now, p->deadline));
	else
		(void)json_object_set_new(o, "next_start_ms", json_null());
	(void)json_object_set_new(o, "leftovers", json_boolean(u->leftovers));
	set_int(o, "cpu_ms", (int64_t)(u->cpu_us / 1000));
	set_int(o, "maxrss_kb", (int64_t)u->maxrss_kb);
	set_text(o, "source", made, &source);
}

json_t *look_process(const struct manager *m, const struct unit *u, const struct proc *p)
{
	json_t *o = json_object();

	add_info(m, u, p, o);
	add_more(m, u, p, o);
	return o;
}

static void add_process(const struct manager *m, proc_id id, json_t *list)
{
	const struct proc *p;
	struct unit *u;

	if (manager_find(m, id, &u, &p))
		(void)json_array_append_new(list, look_process(m, u, p));
}

static void add_named(const struct manager *m, const char *name, json_t *list, json_t *missing)
{
	_cleanup_(names_done) struct names names;

	if (names_resolve(m, name, ORDER_NAME, &names) < 0)
		return;
	if (names.kind == NAMES_NONE)
		(void)json_array_append_new(
			missing, json_pack("{s:o,s:s,s:i,s:s}", "name", varlink_string(name),
					   "group", "", "status", FAULT_BAD_NAME, "description",
					   fault_name(FAULT_BAD_NAME)));
	for (size_t i = 0; i < names.n; i++)
		add_process(m, names.v[i], list);
}

void handle_status(struct manager *m, struct request *rq)
{
	json_t *names = json_object_get(rq->parameters, "names");
	json_t *list = json_array(), *missing = json_array(), *name;
	size_t i;

	if (!m->roster) {
		refusal_down(m, rq);
		return;
	}
	if (!json_array_size(names))
		add_named(m, "all", list, missing);
	json_array_foreach(names, i, name) add_named(m, json_string_value(name), list, missing);
	m->spent = true;
	server_reply(m->server, rq->conn, rq->serial,
		     json_pack("{s:o,s:o}", "processes", list, "missing", missing), false);
}

/* --- tail
 * ------------------------------------------------------------------------------------- */

static void tail_told(struct manager *m, struct operation *op, const struct unit *u, void *data,
		      int error, const char *why)
{
	(void)data, (void)why;
	if (error &&
	    error != ESPIPE) /* a target that is no file, such as /dev/null, has no end */
		(void)server_error(m->server, op->conn, op->serial, "NoSuchLog",
				   json_pack("{s:o}", "name", varlink_string(u->spec->name)));
	/* else the operation's own reply, an empty one, is the answer */
}

static void ask_tail(struct manager *m, struct request *rq, struct unit *u,
		     const struct proc *p, int which)
{
	const json_int_t bytes = json_integer_value(json_object_get(rq->parameters, "bytes"));
	struct operation *op = operation_new(m, rq, NULL, NULL);
	uint32_t token = op ? operation_ask(m, op, u, p, WAIT_LOGGER, tail_told, NULL) : 0;

	if (token)
		manager_tell_logger(
			m,
			&(struct link_msg){
				.type = LINK_TAIL,
				.tail = { .token = token,
					  .id = u->id,
					  .which = (uint32_t)which,
					  .piped = p->pid || u->last.pid,
					  .bytes = bytes > 0 ? (uint64_t)bytes : UINT64_MAX,
					  .follow = json_is_true(json_object_get(rq->parameters,
										 "follow")) } },
			rq->fds[0]);
	if (op)
		operation_go(m, op);
}

void handle_tail(struct manager *m, struct request *rq)
{
	const char *name = json_string_value(json_object_get(rq->parameters, "name"));
	const char *channel = json_string_value(json_object_get(rq->parameters, "channel"));
	_cleanup_(names_done) struct names names = { 0 };
	_cleanup_(buf_done) struct buf path = BUF_INIT;
	const int which = streams_which(channel);
	const struct proc *p;
	struct unit *u;

	if (which < 0)
		server_error(m->server, rq->conn, rq->serial, "BadChannel",
			     json_pack("{s:o}", "channel", varlink_string(channel)));
	else if (rq->fds[0] < 0)
		server_error(m->server, rq->conn, rq->serial, "NoDescriptor", json_object());
	else if (names_resolve(m, name, ORDER_NAME, &names) < 0)
		refusal_no_memory(m, rq);
	else if (names.kind != NAMES_ONE || !manager_find(m, names.v[0], &u, &p))
		server_error(m->server, rq->conn, rq->serial, "BadName",
			     json_pack("{s:o}", "name", varlink_string(name)));
	else if (streams_path(m, u, which, &path) < 0)
		refusal_no_memory(m, rq);
	else if (!path.len || !m->logger)
		server_error(m->server, rq->conn, rq->serial, "NoSuchLog",
			     json_pack("{s:o}", "name", varlink_string(name)));
	else
		ask_tail(m, rq, u, p, which);
}
