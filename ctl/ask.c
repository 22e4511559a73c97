/* SPDX-License-Identifier: MIT */
/*
 * ask.c - calls of the daemon, and supervisorctl's words for what goes wrong with them.
 */
#include <errno.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/job_exit.h"
#include "ctl/names.h"
#include "proto/faults.h"

/* The exit status of a call that failed: some commands have one of their own for all of them.
 */
static int exit_of(const struct ctl *c, int status)
{
	if (c->command == CMD_STATUS)
		return EXIT_STATUS_UNKNOWN;
	if (c->command == CMD_RUN)
		return EXIT_NOT_RUN;
	if (c->command == CMD_MAP)
		return EXIT_MAP_FAILED;
	return status;
}

static void cannot_reach(struct ctl *c, int status, const char *what)
{
	if (c->command == CMD_SHUTDOWN)
		complain(c, EXIT_GENERIC, "ERROR: %s %s (already shut down?)", c->url, what);
	else
		complain(c, exit_of(c, status), "%s %s", c->url, what);
}

bool ask_failed(struct ctl *c, int error)
{
	switch (error) {
	case -ECONNREFUSED:
		cannot_reach(c, EXIT_DENIED, "refused connection");
		break;
	case -ENOENT:
		cannot_reach(c, EXIT_DOWN, "no such file");
		break;
	case -EACCES:
		complain(c, exit_of(c, EXIT_DENIED), "%s permission denied", c->url);
		break;
	case -ETIMEDOUT:
		complain(c, exit_of(c, EXIT_GENERIC), "ERROR: %s does not answer", c->url);
		break;
	case -EPIPE:
		complain(c, exit_of(c, EXIT_GENERIC),
			 "ERROR: %s hung up without an answer; see %s", c->url,
			 c->command == CMD_RUN ? "jobs" : "status");
		break;
	case -ENOTCONN:
		complain(c, exit_of(c, EXIT_GENERIC),
			 "ERROR: %s went away, and did not come back in time", c->url);
		break;
	case -EBADMSG:
		complain(c, exit_of(c, EXIT_GENERIC), "ERROR: %s does not speak our protocol",
			 c->url);
		break;
	case -E2BIG:
		complain(c, exit_of(c, EXIT_GENERIC),
			 "ERROR: words and environment together are longer than 1 MiB");
		break;
	default:
		complain(c, exit_of(c, EXIT_GENERIC), "ERROR: %s: %s", c->url,
			 strerror(-error));
	}
	return false;
}

static void say_shutting_down(struct ctl *c)
{
	switch (c->command) {
	case CMD_SHUTDOWN:
		complain(c, EXIT_OK, "ERROR: already shutting down");
		break;
	case CMD_REREAD:
	case CMD_UPDATE:
	case CMD_RELOAD:
		complain(c, EXIT_GENERIC, "ERROR: already shutting down");
		break;
	case CMD_STATUS:
	case CMD_PID:
	case CMD_START:
	case CMD_STOP:
	case CMD_RESTART:
	case CMD_SIGNAL:
	case CMD_TAIL:
	case CMD_AVAIL:
	case CMD_ADD:
	case CMD_REMOVE:
	case CMD_INFO:
	case CMD_HELP:
	case CMD_RUN:
	case CMD_MAP:
	case CMD_JOBS:
	case CMD_POLL:
	case CMD_WAIT:
	case CMD_OUTPUT:
	case CMD_KILL:
	case CMD_FORGET:
	case CMD_WHY:
	case CMD_EVENTS:
	case CMD_LOGS:
	case CMD_MAINTAIL:
	case CMD_CLEAR:
	case CMD_ROTATE:
	case CMD_REOPEN:
	case CMD_ATTACH:
		complain(c, exit_of(c, EXIT_GENERIC), "ERROR: shutting down");
		break;
	}
}

/* Mistakes are complained of, the rest is remarked upon. */
static void say_diagnostic(struct ctl *c, const json_t *d)
{
	const char *file = member_text(d, "file"), *kind = member_text(d, "kind");
	const json_int_t line = json_integer_value(json_object_get(d, "line"));
	_cleanup_(buf_done) struct buf at = BUF_INIT;
	int r = 0;

	if (*file)
		r = buf_puts(&at, file);
	if (*file && line > 0 && r == 0)
		r = buf_printf(&at, ":%lld", (long long)line);
	if (*file && r == 0)
		r = buf_puts(&at, ": ");
	if (r < 0)
		buf_clear(&at);
	if (!strcmp(kind, "error"))
		complain(c, EXIT_GENERIC, "ERROR: CANT_REREAD: %s%s", buf_str(&at),
			 member_text(d, "text"));
	else
		remark(c, "%s%s: %s", buf_str(&at), kind, member_text(d, "text"));
}

static void say_cannot_reread(struct ctl *c, const json_t *parameters)
{
	const json_t *list = json_object_get(parameters, "diagnostics");

	c->status = EXIT_GENERIC;
	for (size_t i = 0; i < json_array_size(list); i++)
		say_diagnostic(c, json_array_get(list, i));
	if (!json_array_size(list))
		complain(c, EXIT_GENERIC, "ERROR: CANT_REREAD");
}

static void say_denied(struct ctl *c, const json_t *parameters)
{
	complain(c, exit_of(c, EXIT_DENIED), "ERROR: not permitted: it takes the right to %s",
		 member_text(parameters, "right"));
}

static void say_what(struct ctl *c, const json_t *parameters)
{
	complain(c, exit_of(c, EXIT_GENERIC), "ERROR: %s", member_text(parameters, "what"));
}

static void say_no_room(struct ctl *c, const json_t *parameters)
{
	complain(c, exit_of(c, EXIT_GENERIC),
		 "ERROR: %s has no room for more than %lld clients", c->url,
		 (long long)json_integer_value(json_object_get(parameters, "limit")));
}

static void say_unimplemented(struct ctl *c, const json_t *parameters)
{
	complain(c, exit_of(c, EXIT_UNIMPLEMENTED), "ERROR: the daemon does not know %s",
		 member_text(parameters, "method"));
}

static void say_bad_name(struct ctl *c, const json_t *parameters)
{
	complain(c, exit_of(c, EXIT_STATUS_UNKNOWN), "%s: ERROR (no such process)",
		 member_text(parameters, "name"));
}

static void say_no_pool(struct ctl *c, const json_t *parameters)
{
	complain(c, exit_of(c, EXIT_GENERIC), "ERROR: no such pool: %s",
		 member_text(parameters, "pool"));
}

static void say_no_job(struct ctl *c, const json_t *parameters)
{
	complain(c, exit_of(c, EXIT_GENERIC), "ERROR: no such job: %lld",
		 (long long)json_integer_value(json_object_get(parameters, "id")));
}

static void say_many_jobs(struct ctl *c, const json_t *parameters)
{
	complain(c, exit_of(c, EXIT_GENERIC), "ERROR: there are %lld jobs already",
		 (long long)json_integer_value(json_object_get(parameters, "limit")));
}

static void say_no_session(struct ctl *c, const json_t *parameters)
{
	(void)parameters;
	complain(c, exit_of(c, EXIT_GENERIC), "ERROR: %s gave us up", c->url);
}

static void say_bad_event(struct ctl *c, const json_t *parameters)
{
	complain(c, EXIT_USAGE, "Error: no such type of event: %s",
		 member_text(parameters, "event"));
}

static void say_logger_gone(struct ctl *c, const json_t *parameters)
{
	(void)parameters;
	complain(c, exit_of(c, EXIT_GENERIC), "ERROR: the logger has just been replaced");
}

/* clang-format off */
static const struct {
	const char *error;
	void (*say)(struct ctl *c, const json_t *parameters);
} sayings[] = {
	{ CONTROL_INTERFACE ".CantReread",		say_cannot_reread },
	{ CONTROL_INTERFACE ".NotPermitted",		say_denied },
	{ CONTROL_INTERFACE ".Failed",			say_what },
	{ CONTROL_INTERFACE ".TooManyConnections",	say_no_room },
	{ CONTROL_INTERFACE ".BadName",			say_bad_name },
	{ CONTROL_INTERFACE ".BadEvent",		say_bad_event },
	{ CONTROL_INTERFACE ".LoggerGone",		say_logger_gone },
	{ CONTROL_INTERFACE ".NoSuchPool",		say_no_pool },
	{ CONTROL_INTERFACE ".NoSuchJob",		say_no_job },
	{ CONTROL_INTERFACE ".NoSuchSession",		say_no_session },
	{ CONTROL_INTERFACE ".TooManyJobs",		say_many_jobs },
	{ SERVICE_INTERFACE ".MethodNotFound",		say_unimplemented },
	{ SERVICE_INTERFACE ".MethodNotImplemented",	say_unimplemented },
};
/* clang-format on */

bool ask_refused(struct ctl *c, const struct varlink_reply *reply)
{
	_cleanup_(freep) char *rest = NULL;

	if (!strcmp(reply->error, CONTROL_INTERFACE ".ShuttingDown")) {
		say_shutting_down(c);
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(sayings); i++)
		if (!strcmp(reply->error, sayings[i].error)) {
			sayings[i].say(c, reply->parameters);
			return false;
		}
	rest = json_dumps(reply->parameters, JSON_COMPACT);
	complain(c, exit_of(c, EXIT_GENERIC), "ERROR: %s %s", reply->error, rest ? rest : "");
	return false;
}

bool ask_begin(struct ctl *c, enum command_id id, json_t *parameters, const int *fds,
	       unsigned n_fds, struct client **ret)
{
	_cleanup_(client_freep) struct client *client = NULL;
	_cleanup_(buf_done) struct buf method = BUF_INIT;
	int r = buf_printf(&method, CONTROL_INTERFACE ".%s", commands[id].method);

	if (r == 0)
		r = client_new(c->path, c->patience, &client);
	if (r < 0) {
		json_decref(parameters);
		return ask_failed(c, r);
	}
	r = client_call(client, buf_str(&method), parameters,
			commands[id].flags & COMMAND_STREAMS, fds, n_fds);
	if (r < 0)
		return ask_failed(c, r);
	*ret = TAKE_PTR(client);
	return true;
}

/* Keep what a reply says for the end: arrays grow, all else is replaced. */
static void gather(struct ctl *c, json_t *parameters)
{
	if (!c->json)
		return;
	if (!c->gathered)
		c->gathered = json_object();
	for (void *i = json_object_iter(parameters); i;
	     i = json_object_iter_next(parameters, i)) {
		const char *key = json_object_iter_key(i);
		json_t *has = json_object_get(c->gathered, key);
		json_t *value = json_object_iter_value(i);

		if (!json_is_array(has) || !json_is_array(value))
			(void)json_object_set(c->gathered, key, value);
		else
			(void)json_array_extend(has, value);
	}
}

static void reply_donep(struct varlink_reply *r)
{
	varlink_reply_done(r);
}

/* One reply. 0: the last one, 1: there will be more, -1: it went wrong, and was said. -EPIPE:
 * nothing came, and nothing was said. */
static int hear(struct ctl *c, struct client *client, msec_t patience, reply_fn *fn, void *data)
{
	_cleanup_(reply_donep) struct varlink_reply reply = { 0 };
	const int r = client_reply(client, patience, &reply);

	if (r == -EPIPE)
		return r;
	if (r < 0) {
		(void)ask_failed(c, r);
		return -1;
	}
	if (reply.error) {
		(void)ask_refused(c, &reply);
		return -1;
	}
	gather(c, reply.parameters);
	if (fn)
		fn(c, reply.parameters, data);
	return reply.continues;
}

/* One call, for as many tries as it takes. */
struct call {
	enum command_id id;
	json_t *parameters; /* borrowed */
	const int *fds;
	unsigned n_fds;
	reply_fn *fn;
	void *data;
};

/* One try. As hear(), and @ret_any: whether anything came. */
static int try(struct ctl *c, const struct call *call, bool *ret_any)
{
	const msec_t patience =
		commands[call->id].flags & COMMAND_WAITS ? PATIENCE_ENDLESS : c->patience;
	_cleanup_(client_freep) struct client *client = NULL;
	int r;

	*ret_any = false;
	if (!ask_begin(c, call->id, json_incref(call->parameters), call->fds, call->n_fds,
		       &client))
		return -1;
	while ((r = hear(c, client, patience, call->fn, call->data)) > 0)
		*ret_any = true;
	return r;
}

bool ask_with(struct ctl *c, enum command_id id, json_t *parameters, const int *fds,
	      unsigned n_fds, reply_fn *fn, void *data)
{
	const struct call call = { id, parameters, fds, n_fds, fn, data };
	bool any;
	int r = try(c, &call, &any);

	/* A manager that is replaced drops its clients; who only looks may simply look again.
	 */
	if (r == -EPIPE && !any && commands[id].right == RIGHT_LOOK)
		r = try(c, &call, &any);
	json_decref(parameters);
	if (r == -EPIPE)
		return ask_failed(c, r);
	return r == 0;
}

bool ask(struct ctl *c, enum command_id id, json_t *parameters, reply_fn *fn, void *data)
{
	return ask_with(c, id, parameters, NULL, 0, fn, data);
}
