/* SPDX-License-Identifier: MIT */
/*
 * logs.c - logs: what programs print, line by line; reopen.
 *
 * The daemon's logger writes lines to a pipe of ours, and goes on when the manager is replaced.
 * If the logger itself ends, or there are other processes than before, which the manager's
 * events say, it is asked again for what is not much older than the last line that was shown.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "ctl/clock.h"
#include "ctl/follow.h"
#include "ctl/log_show.h"
#include "ctl/names.h"
#include "ctl/run.h"

enum {
	PIECE = 64 << 10,
	PIPE_PIECES = 4, /* as much as a pipe may hold */
	/* A line that was read as it came is in its log as old as the logger looks for new
	 * ones, and notes times there: some hundred milliseconds. */
	SLACK_MS = 3000,
	AGAIN_MS = 100,
	REST_MS = 5000, /* for the rest of what was printed when all ends */
};

struct logs {
	struct ctl *ctl;
	const struct logs_options *o;
	struct log_show show;
	struct follow watch; /* of events, when following */
	struct follow call; /* Logs */
	json_int_t next; /* event */
	int pipe; /* read end; -1: it has ended */
	int64_t began_ms; /* wall clock */
	bool came; /* something, since it was asked the last time */
};

static int64_t wall_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static void reply_donep(struct varlink_reply *r)
{
	varlink_reply_done(r);
}

/* --- asking ------------------------------------------------------------------------------ */

static void set_int(json_t *p, const char *key, int64_t value)
{
	(void)json_object_set_new(p, key, json_integer(value));
}

static int64_t since(const struct logs *l, bool again)
{
	const int64_t last = l->show.places.last_ms;
	const int64_t seen = (last ? last : l->began_ms) - SLACK_MS;

	return again && seen > l->o->since_ms ? seen : l->o->since_ms;
}

static json_t *parameters(const struct logs *l, bool again)
{
	const struct logs_options *o = l->o;
	json_t *names = json_array(), *p;

	for (size_t i = 0; i < o->names.n; i++)
		(void)json_array_append_new(names, varlink_string(o->names.v[i]));
	p = json_pack("{s:o,s:b}", "names", names, "follow", o->follow);
	if (o->out != o->err)
		(void)json_object_set_new(p, "channel",
					  json_string(o->out ? "stdout" : "stderr"));
	if (since(l, again))
		set_int(p, "since_ms", since(l, again));
	if (o->until_ms)
		set_int(p, "until_ms", o->until_ms);
	if (!again && !l->show.keep && o->lines >= 0)
		set_int(p, "lines", o->lines);
	return p;
}

static void refused(struct logs *l, const struct varlink_reply *reply)
{
	if (!strcmp(reply->error, CONTROL_INTERFACE ".NoSuchLog"))
		complain(l->ctl, EXIT_GENERIC, "ERROR: no log file");
	else
		(void)ask_refused(l->ctl, reply);
}

/* The last reply of a call; false: it went wrong, and was said. */
static bool call(struct logs *l, bool again, int writer, struct varlink_reply *ret)
{
	int r;

	do {
		if (!follow_call(&l->call, CMD_LOGS, parameters(l, again), false, writer))
			return false;
		r = follow_wait(&l->call, -1, ret);
	} while (r == FOLLOW_AGAIN);
	l->call.client = client_free(l->call.client);
	return r == FOLLOW_REPLY;
}

/* One try. Positive: to be tried again. */
static int try(struct logs *l, bool again)
{
	_cleanup_(reply_donep) struct varlink_reply reply = { 0 };
	int p[2];
	bool called;

	l->pipe = fd_close(l->pipe);
	if (pipe2(p, O_CLOEXEC) < 0) {
		(void)ask_failed(l->ctl, -errno);
		return -1;
	}
	l->pipe = p[0];
	l->came = false;
	called = call(l, again, p[1], &reply);
	fd_close(p[1]);
	if (!called)
		return -1;
	if (reply.error && !strcmp(reply.error, CONTROL_INTERFACE ".LoggerGone"))
		return 1;
	if (reply.error) {
		refused(l, &reply);
		return -1;
	}
	log_show_names(&l->show, json_object_get(reply.parameters, "streams"), again);
	return 0;
}

static void rest(const struct logs *l)
{
	(void)poll(&(struct pollfd){ .fd = l->watch.interrupts, .events = POLLIN }, 1,
		   AGAIN_MS);
}

static bool ask_lines(struct logs *l, bool again)
{
	const mono_t due = mono_add(clock_mono(), l->ctl->patience);
	int r;

	while ((r = try(l, again)) > 0 && mono_before(clock_mono(), due))
		rest(l);
	if (r > 0)
		complain(l->ctl, EXIT_GENERIC, "ERROR: there is no logger");
	return r == 0;
}

/* --- lines ------------------------------------------------------------------------------- */

/* What is there. False: it went wrong, which was said. */
static bool read_lines(struct logs *l)
{
	char data[PIECE];
	const ssize_t n = read(l->pipe, data, sizeof data);
	int r;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0) {
		l->pipe = fd_close(l->pipe);
		return true;
	}
	l->came = true;
	r = log_show_take(&l->show, data, (size_t)n);
	return r == 0 || ask_failed(l->ctl, r);
}

static bool show_all(struct logs *l)
{
	if (!ask_lines(l, false))
		return false;
	while (l->pipe >= 0)
		if (!read_lines(l))
			return false;
	return true;
}

/* --- following --------------------------------------------------------------------------- */

static bool watch(struct logs *l)
{
	json_t *p = json_pack("{s:[s,s,s]}", "filter", "PROCESS_GROUP",
			      "PROCESS_STATE_STARTING", "SUPERVISOR_STATE_CHANGE_RUNNING");

	if (l->next)
		set_int(p, "after", l->next - 1);
	return follow_call(&l->watch, CMD_EVENTS, p, true, -1);
}

static bool is_shown(const struct logs *l, const json_t *event)
{
	const json_t *o;
	size_t i;

	json_array_foreach(l->show.processes, i, o)
	{
		if (!strcmp(member_text(o, "name"), member_text(event, "process")) &&
		    !strcmp(member_text(o, "group"), member_text(event, "group")))
			return true;
	}
	return false;
}

/* Whether there are others than those whose lines come. */
static bool has_changed(const struct logs *l, const struct varlink_reply *reply)
{
	const json_t *list = json_object_get(reply->parameters, "events"), *e;
	size_t i;

	if (json_integer_value(json_object_get(reply->parameters, "lost")) > 0)
		return true;
	json_array_foreach(list, i, e)
	{
		if (!json_object_get(e, "process") || !is_shown(l, e))
			return true;
	}
	return false;
}

/* It all ends; but there may be more in the pipe, and the logger writes last. */
static bool show_rest(struct logs *l)
{
	const mono_t due = mono_add(clock_mono(), REST_MS);

	while (l->pipe >= 0 && mono_before(clock_mono(), due)) {
		struct pollfd p[] = { { .fd = l->pipe, .events = POLLIN },
				      { .fd = l->watch.interrupts, .events = POLLIN } };

		if (poll(p, ARRAY_SIZE(p), clock_wait(due)) <= 0 || p[1].revents ||
		    !read_lines(l))
			break;
	}
	return false;
}

/* What is in the pipe need not come again. */
static bool drain(struct logs *l)
{
	struct pollfd p = { .events = POLLIN };

	for (int i = 0; i < PIPE_PIECES && l->pipe >= 0; i++) {
		p.fd = l->pipe;
		if (poll(&p, 1, 0) <= 0)
			return true;
		if (!read_lines(l))
			return false;
	}
	return true;
}

/* False: this is the end. */
static bool take_news(struct logs *l, const struct varlink_reply *reply)
{
	if (reply->error && !strcmp(reply->error, CONTROL_INTERFACE ".ShuttingDown"))
		return show_rest(l);
	if (reply->error)
		return ask_refused(l->ctl, reply);
	l->next = json_integer_value(json_object_get(reply->parameters, "next"));
	return !has_changed(l, reply) || (drain(l) && ask_lines(l, true));
}

/* The logger has ended; another one comes. */
static bool go_on(struct logs *l)
{
	if (!l->came) /* not in a circle, as fast as we can */
		rest(l);
	return ask_lines(l, true);
}

static bool follow_on(struct logs *l)
{
	_cleanup_(reply_donep) struct varlink_reply reply = { 0 };
	const int r = follow_wait(&l->watch, l->pipe, &reply);

	switch (r) {
	case FOLLOW_READY:
		return read_lines(l) && (l->pipe >= 0 || go_on(l));
	case FOLLOW_REPLY:
		return take_news(l, &reply);
	case FOLLOW_AGAIN:
		return watch(l);
	default:
		return false;
	}
}

/* The first reply says that all that happens from now on will be told. */
static bool begin_watch(struct logs *l)
{
	_cleanup_(reply_donep) struct varlink_reply reply = { 0 };
	int r;

	do {
		if (!watch(l))
			return false;
		r = follow_wait(&l->watch, -1, &reply);
	} while (r == FOLLOW_AGAIN);
	if (r != FOLLOW_REPLY)
		return false;
	if (reply.error)
		return ask_refused(l->ctl, &reply);
	l->next = json_integer_value(json_object_get(reply.parameters, "next"));
	return true;
}

static void follow_all(struct logs *l)
{
	bool goes_on = begin_watch(l) && ask_lines(l, false);

	while (goes_on)
		goes_on = follow_on(l);
}

/* --- the commands ------------------------------------------------------------------------ */

static void show_logs(struct ctl *c, const struct logs_options *o)
{
	struct logs l = { .ctl = c,
			  .o = o,
			  .show = { .ctl = c, .o = o },
			  .pipe = -1,
			  .began_ms = wall_ms() };

	if (log_show_begin(&l.show) < 0) {
		(void)ask_failed(c, -ENOMEM);
		return;
	}
	if (o->lines >= 0)
		l.show.not_before = l.began_ms - AGAIN_MS;
	follow_begin(&l.watch, c, o->follow);
	follow_begin(&l.call, c, false);
	l.call.interrupts = l.watch.interrupts;
	if (o->follow)
		follow_all(&l);
	else
		(void)show_all(&l);
	l.call.interrupts = -1;
	follow_done(&l.call);
	follow_done(&l.watch);
	fd_close(l.pipe);
	log_show_end(&l.show);
}

void run_logs(struct ctl *c, size_t n, char *const *words)
{
	_cleanup_(logs_options_done) struct logs_options o = { 0 };
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	const int r = logs_options_read(n, words, wall_ms(), &o, &why);

	o.json |= c->json;
	if (r != FLAGS_OK)
		complain(c, EXIT_USAGE, "Error: %s", r < 0 ? strerror(-r) : buf_str(&why));
	else if (o.help)
		help_command(c->out, &commands[CMD_LOGS]);
	else
		show_logs(c, &o);
}

void run_reopen(struct ctl *c, size_t n, char *const *words)
{
	(void)n, (void)words;
	if (ask(c, CMD_REOPEN, json_object(), NULL, NULL))
		ctl_say(c, "Reopened log files");
}
