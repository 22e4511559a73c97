/* SPDX-License-Identifier: MIT */
#include "daemon/manager/request.h"

#include <errno.h>
#include <string.h>

enum {
	REQUESTS_PER_TURN = 8, /* of one connection */
	UNSENT_ENOUGH = 64 << 10, /* no further request is served before less than this waits */
};

static int answer(struct conn *c, const char *error, json_t *parameters, bool continues)
{
	int r = 0;

	c->busy = continues;
	if (c->dead || c->oneway) {
		json_decref(parameters);
		return 0;
	}
	if (conn_unsent(c) > c->service->limits.queue) { /* it asked, and does not listen */
		json_decref(parameters);
		c->dead = true;
		return 0;
	}
	if (error)
		r = varlink_put_error(&c->out, error, parameters);
	else
		r = varlink_put_reply(&c->out, parameters, continues);
	c->told = true;
	c->dead = r < 0;
	return r;
}

int request_reply(struct conn *c, json_t *parameters, bool continues)
{
	return answer(c, NULL, parameters, continues);
}

int request_error(struct conn *c, const char *error, json_t *parameters)
{
	_cleanup_(buf_done) struct buf name = BUF_INIT;

	if (buf_printf(&name, "%s%s", strchr(error, '.') ? "" : CONTROL_INTERFACE ".", error) <
	    0) {
		json_decref(parameters);
		c->busy = false;
		c->dead = true;
		return -ENOMEM;
	}
	return answer(c, buf_str(&name), parameters, false);
}

/* An error with one string in its parameters. */
static void complain(struct conn *c, const char *error, const char *key, const char *value)
{
	(void)request_error(c, error, json_pack("{s:o}", key, varlink_string(value)));
}

static void serve_info(struct conn *c)
{
	(void)request_reply(c,
			    json_pack("{s:s,s:s,s:s,s:s,s:[s,s]}", "vendor", "Reeve", "product",
				      "Reeve process supervisor", "version", REEVE_VERSION,
				      "url", "", "interfaces", SERVICE_INTERFACE,
				      CONTROL_INTERFACE),
			    false);
}

static void serve_description(struct conn *c, const json_t *parameters)
{
	const char *name = json_string_value(json_object_get(parameters, "interface"));
	const char *text = name ? interface_text(name) : NULL;

	if (!name)
		complain(c, SERVICE_INTERFACE ".InvalidParameter", "parameter", "interface");
	else if (!text)
		complain(c, SERVICE_INTERFACE ".InterfaceNotFound", "interface", name);
	else
		(void)request_reply(c, json_pack("{s:s}", "description", text), false);
}

static void complain_method(struct conn *c, const struct varlink_call *call)
{
	_cleanup_(buf_done) struct buf name = BUF_INIT;

	if (buf_printf(&name, "%s.%s", call->interface, call->method) < 0)
		c->dead = true;
	complain(c, SERVICE_INTERFACE ".MethodNotFound", "method", buf_str(&name));
}

/* Every service answers for itself: varlink.org, "Service". */
static void serve_service(struct conn *c, const struct varlink_call *call)
{
	if (!strcmp(call->method, "GetInfo"))
		serve_info(c);
	else if (!strcmp(call->method, "GetInterfaceDescription"))
		serve_description(c, call->parameters);
	else
		complain_method(c, call);
}

/* How many descriptors a call of @cmd may bring. */
static unsigned room_for_fds(const struct command *cmd)
{
	if (cmd->flags & COMMAND_CARRIES_FDS)
		return COMMAND_FDS;
	return cmd->flags & COMMAND_CARRIES_FD ? 1 : 0;
}

static void hand_out(struct conn *c, const struct command *cmd, const struct varlink_call *call,
		     struct conn_fds *fds)
{
	const unsigned room = room_for_fds(cmd);
	struct request rq = {
		.conn = c->id,
		.serial = c->serial,
		.command = command_id(cmd),
		.parameters = call->parameters,
		.more = c->more,
		.right = c->right,
		.peer = c->peer,
		.n_fds = fds->n < room ? fds->n : room,
	};

	for (unsigned i = 0; i < COMMAND_FDS; i++)
		rq.fds[i] = i < rq.n_fds ? TAKE_FD(fds->v[i]) : -1;
	c->owned = true;
	c->service->ops.request(c->service->owner, &rq);
	for (unsigned i = 0; i < COMMAND_FDS; i++)
		fd_close(rq.fds[i]);
}

static void serve_control(struct conn *c, const struct varlink_call *call, struct conn_fds *fds)
{
	const struct command *cmd = command_by_method(call->method);
	const char *wrong;

	if (!cmd) {
		complain_method(c, call);
		return;
	}
	if (c->right < cmd->right) {
		complain(c, "NotPermitted", "right", right_word(cmd->right));
		return;
	}
	wrong = command_check(cmd, call->parameters);
	if (wrong)
		complain(c, SERVICE_INTERFACE ".InvalidParameter", "parameter", wrong);
	else
		hand_out(c, cmd, call, fds);
}

static void begin(struct conn *c, const struct varlink_call *call)
{
	c->serial++;
	c->busy = true;
	c->owned = false;
	c->more = call->more;
	c->oneway = call->oneway;
}

/* The peer does not speak our language: say so, and hang up. */
static void refuse(struct conn *c, const char *what)
{
	begin(c, &(struct varlink_call){ 0 });
	complain(c, "Failed", "what", what);
	c->closing = true;
}

static void call_donep(struct varlink_call *call)
{
	varlink_call_done(call);
}

static void serve_message(struct conn *c, const char *data, size_t len, struct conn_fds *fds)
{
	_cleanup_(call_donep) struct varlink_call call = { 0 };
	const int r = varlink_parse_call(data, len, &call);

	if (r < 0) {
		c->dead = true;
		return;
	}
	if (r != VARLINK_OK) {
		refuse(c, "this is not a Varlink call");
		return;
	}
	begin(c, &call);
	if (!strcmp(call.interface, SERVICE_INTERFACE))
		serve_service(c, &call);
	else if (!strcmp(call.interface, CONTROL_INTERFACE))
		serve_control(c, &call, fds);
	else
		complain(c, SERVICE_INTERFACE ".InterfaceNotFound", "interface",
			 call.interface);
}

bool request_welcome(const struct conn *c)
{
	return !c->busy && !c->dead && !c->closing && conn_unsent(c) < UNSENT_ENOUGH;
}

void request_serve(struct conn *c)
{
	const struct server_limits *l = &c->service->limits;
	const size_t max = c->right > RIGHT_LOOK ? l->message : l->message_look;

	for (int i = 0; i < REQUESTS_PER_TURN && request_welcome(c); i++) {
		_cleanup_(conn_fds_done) struct conn_fds fds;
		const char *data;
		size_t len;
		const int r = conn_take(c, max, &data, &len, &fds);

		if (r == VARLINK_PARTIAL)
			return;
		if (r == VARLINK_OK)
			serve_message(c, data, len, &fds);
		else
			refuse(c, "this call is too long");
	}
}
