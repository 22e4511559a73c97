/* SPDX-License-Identifier: MIT */
/*
 * events.c - events: what has happened, and what happens.
 *
 * Each has a number. If the connection is lost the next one asks for what came after the last
 * that was shown, so that nothing is shown twice, and what is missing is known.
 */
#include <string.h>
#include <time.h>

#include "ctl/events_options.h"
#include "ctl/follow.h"
#include "ctl/names.h"
#include "ctl/run.h"

struct watching {
	struct ctl *ctl;
	struct follow follow;
	const struct events_options *o;
	json_int_t next; /* the number to go on with; negative: nothing was told yet */
};

/* --- lines ------------------------------------------------------------------------------- */

static json_int_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static int put_time(int64_t ms, struct buf *out)
{
	const time_t secs = (time_t)(ms / 1000);
	char text[32];
	struct tm tm;

	if (!localtime_r(&secs, &tm) || !strftime(text, sizeof text, "%F %T", &tm))
		return buf_printf(out, "@%lld", (long long)ms);
	return buf_printf(out, "%s.%03d", text, (int)(ms % 1000));
}

/* What it is about: a process, a group, a job, or the daemon. */
static int put_subject(const json_t *e, struct buf *out)
{
	const char *process = member_text(e, "process"), *group = member_text(e, "group");

	if (json_object_get(e, "job"))
		return buf_printf(out, " job %lld", (long long)number(e, "job"));
	if (!*process)
		return *group ? buf_printf(out, " %s", group) : 0;
	if (!*group || !strcmp(process, group))
		return buf_printf(out, " %s", process);
	return buf_printf(out, " %s:%s", group, process);
}

static int put_member(const json_t *e, const char *key, const char *form, struct buf *out)
{
	const json_t *v = json_object_get(e, key);
	_cleanup_(freep) char *text = NULL;

	if (!v || json_is_null(v))
		return 0;
	if (json_is_boolean(v))
		return buf_printf(out, "%s%s", json_is_true(v) ? "" : " not", form);
	if (!strcmp(key, "data") || !json_is_string(v))
		text = json_dumps(v, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	return buf_printf(out, "%s%s", form, text ? text : json_string_value(v));
}

static int put_event(const json_t *e, struct buf *out)
{
	static const struct {
		const char *key, *form;
	} members[] = {
		{ "from_state", " from " },
		{ "expected", " expected" },
		{ "tries", " tries " },
		{ "pid", " pid " },
		{ "channel", " " },
		{ "bytes", " bytes " },
		{ "data", " " },
	};
	int r = put_time(number(e, "time_ms"), out);

	if (r == 0)
		r = buf_printf(out, " %s", member_text(e, "event"));
	if (r == 0)
		r = put_subject(e, out);
	for (size_t i = 0; i < ARRAY_SIZE(members) && r == 0; i++)
		r = put_member(e, members[i].key, members[i].form, out);
	return r;
}

/* One JSON value in a line; a terminal gets nothing but ASCII. */
static void print_line(struct ctl *c, const json_t *value)
{
	if (json_dumpf(value, c->out, JSON_COMPACT | (c->terminal ? JSON_ENSURE_ASCII : 0)) < 0)
		remark(c, "error: out of memory");
	fputc('\n', c->out);
	fflush(c->out);
}

static void show(struct ctl *c, const json_t *event)
{
	_cleanup_(buf_done) struct buf line = BUF_INIT;

	if (c->json)
		print_line(c, event);
	else if (put_event(event, &line) == 0)
		ctl_say(c, "%s", buf_str(&line));
}

static void show_lost(struct ctl *c, json_int_t lost)
{
	json_t *o;

	if (lost <= 0)
		return;
	remark(c, "%lld events are missing here", (long long)lost);
	if (!c->json)
		return;
	o = json_pack("{s:I}", "lost", lost);
	print_line(c, o);
	json_decref(o);
}

/* --- the call ---------------------------------------------------------------------------- */

static json_t *list_of(const struct texts *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->n; i++)
		(void)json_array_append_new(list, varlink_string(t->v[i]));
	return list;
}

static json_t *parameters(const struct watching *w)
{
	json_t *p = json_pack("{s:o,s:o}", "filter", list_of(&w->o->types), "names",
			      list_of(&w->o->names));

	if (w->next >= 0)
		(void)json_object_set_new(p, "after", json_integer(w->next - 1));
	else
		(void)json_object_set_new(p, "last", json_integer(w->o->last));
	return p;
}

static void reply_donep(struct varlink_reply *r)
{
	varlink_reply_done(r);
}

/* True: more will come. */
static bool take(struct watching *w, const struct varlink_reply *reply)
{
	const json_t *list = json_object_get(reply->parameters, "events");

	if (reply->error && w->o->follow && w->next >= 0 &&
	    !strcmp(reply->error, CONTROL_INTERFACE ".ShuttingDown")) {
		remark(w->ctl, "the daemon has shut down");
		return false;
	}
	if (reply->error)
		return ask_refused(w->ctl, reply);
	show_lost(w->ctl, number(reply->parameters, "lost"));
	for (size_t i = 0; i < json_array_size(list); i++)
		show(w->ctl, json_array_get(list, i));
	w->next = number(reply->parameters, "next");
	return reply->continues;
}

static bool call(struct watching *w)
{
	return follow_call(&w->follow, CMD_EVENTS, parameters(w), w->o->follow, -1);
}

static void watch(struct watching *w)
{
	bool goes_on = call(w);

	while (goes_on) {
		_cleanup_(reply_donep) struct varlink_reply reply = { 0 };
		const int r = follow_wait(&w->follow, -1, &reply);

		if (r == FOLLOW_OVER)
			return;
		goes_on = r == FOLLOW_AGAIN ? call(w) : take(w, &reply);
	}
}

void run_events(struct ctl *c, size_t n, char *const *words)
{
	_cleanup_(events_options_done) struct events_options o = { 0 };
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	struct watching w = { .ctl = c, .o = &o, .next = -1 };
	const int r = events_options_read(n, words, &o, &why);

	if (r != FLAGS_OK) {
		complain(c, EXIT_USAGE, "Error: %s", r < 0 ? strerror(-r) : buf_str(&why));
		return;
	}
	follow_begin(&w.follow, c, o.follow);
	watch(&w);
	follow_done(&w.follow);
}
