/* SPDX-License-Identifier: MIT */
/*
 * subscribers.c - Events: who is told what has happened, and what of it.
 */
#include <string.h>

#include "daemon/manager/event_book.h"
#include "daemon/manager/events.h"
#include "daemon/manager/handlers.h"
#include "daemon/manager/refusal.h"

enum {
	UNSENT_ENOUGH = 64 << 10, /* who has not read so much is told more later */
	REPLY_EVENTS = 100, /* in one reply */
};

/* --- what a subscriber wants ---------------------------------------------------------------
 */

static bool type_fits(const struct subscriber *s, const struct happening *h)
{
	const json_t *type;
	size_t i;

	json_array_foreach(s->types, i, type)
	{
		if (happening_is(h->type, json_string_value(type)))
			return true;
	}
	return !json_array_size(s->types);
}

/* By name, for it may be about what is no more. */
static bool name_means(const char *name, const struct happening *h)
{
	const char *colon = strchr(name, ':');
	const size_t len = colon ? (size_t)(colon - name) : strlen(name);
	char job[24];

	if (!strcmp(name, "all"))
		return true;
	if (h->type == HAPPENED_JOB_ENDED) {
		(void)snprintf(job, sizeof job, "%llu", (unsigned long long)h->number);
		return !strcmp(name, job);
	}
	if (!colon)
		return (*h->group && !strcmp(name, h->group)) ||
		       (*h->process && !strcmp(name, h->process));
	if (strlen(h->group) != len || memcmp(name, h->group, len) != 0)
		return false;
	return !colon[1] || !strcmp(colon + 1, "*") || !strcmp(colon + 1, h->process);
}

static bool name_fits(const struct subscriber *s, const struct happening *h)
{
	const json_t *name;
	size_t i;

	json_array_foreach(s->names, i, name)
	{
		if (name_means(json_string_value(name), h))
			return true;
	}
	return !json_array_size(s->names);
}

static bool fits(const struct subscriber *s, const struct happening *h)
{
	return (s->sees_output || !happening_has_output(h->type)) && type_fits(s, h) &&
	       name_fits(s, h);
}

/* --- in JSON -------------------------------------------------------------------------------
 */

static void set_text(json_t *o, const char *key, const char *text)
{
	if (*text)
		(void)json_object_set_new(o, key, varlink_string(text));
}

static void set_int(json_t *o, const char *key, int64_t value)
{
	(void)json_object_set_new(o, key, json_integer(value));
}

/* A NUL cannot be in a string of the protocol: it becomes what is no character, too. */
static json_t *data_of(const struct happening *h)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	if (buf_append(&text, h->data, h->len) < 0)
		return NULL;
	for (size_t i = 0; i < text.len; i++)
		if (!text.data[i])
			text.data[i] = '\xff';
	return varlink_string(buf_str(&text));
}

/* What only some types have. */
static void set_more(json_t *o, const struct happening *h)
{
	if (h->type == HAPPENED_EXITED || h->type == HAPPENED_JOB_ENDED)
		(void)json_object_set_new(o, "expected", json_boolean(h->expected));
	if (h->type == HAPPENED_STARTING || h->type == HAPPENED_BACKOFF)
		set_int(o, "tries", h->tries);
	if (h->type == HAPPENED_DROPPED) {
		set_text(o, "channel", h->channel);
		set_int(o, "bytes", (int64_t)h->number);
	}
	if (h->type == HAPPENED_JOB_ENDED)
		set_int(o, "job", (int64_t)h->number);
	if (h->type == HAPPENED_JOB_ENDED || happening_has_output(h->type))
		(void)json_object_set_new(o, "data", data_of(h));
}

static json_t *to_json(const struct happening *h)
{
	json_t *o = json_object();

	set_int(o, "serial", (int64_t)h->serial);
	set_int(o, "time_ms", h->time_ms);
	set_text(o, "event", happening_name(h->type));
	set_text(o, "process", h->process);
	set_text(o, "group", h->group);
	set_text(o, "from_state", h->from_state);
	if (h->pid || h->type == HAPPENED_STOPPED)
		set_int(o, "pid", h->pid);
	set_more(o, h);
	return o;
}

/* --- telling -------------------------------------------------------------------------------
 */

/* The next of what it wants, in one reply; also an empty one if @always. False: nothing is new.
 */
static bool tell(struct manager *m, struct subscriber *s, bool always, bool continues)
{
	const struct happening *h = NULL;
	json_t *list = json_array();

	/* Who is told once is told all of it. */
	while (!continues || json_array_size(list) < REPLY_EVENTS) {
		h = happenings_next(m->events->all, &s->cursor, &s->lost);
		if (!h)
			break;
		if (fits(s, h))
			(void)json_array_append_new(list, to_json(h));
	}
	if (!always && !s->lost && !json_array_size(list)) {
		json_decref(list);
		return false;
	}
	(void)server_reply(m->server, s->conn, s->serial,
			   json_pack("{s:o,s:I,s:I}", "events", list, "lost",
				     (json_int_t)TAKE(s->lost, 0), "next",
				     (json_int_t)s->cursor),
			   continues);
	return h != NULL;
}

void events_tick(struct manager *m)
{
	struct events *es = m->events;
	struct list *next;

	if (!es || !m->server)
		return;
	for (struct list *l = es->subscribers.next; l != &es->subscribers; l = next) {
		struct subscriber *s = container_of(l, struct subscriber, link);

		next = l->next;
		if (!server_waits(m->server, s->conn, s->serial)) {
			subscriber_free(s); /* its server is no more */
			continue;
		}
		while (server_unsent(m->server, s->conn) < UNSENT_ENOUGH &&
		       tell(m, s, false, true))
			;
	}
}

void events_abandon(struct manager *m, uint64_t conn)
{
	struct list *next;

	if (!m->events)
		return;
	for (struct list *l = m->events->subscribers.next; l != &m->events->subscribers;
	     l = next) {
		struct subscriber *s = container_of(l, struct subscriber, link);

		next = l->next;
		if (s->conn == conn)
			subscriber_free(s);
	}
}

void events_end(struct manager *m, const char *error)
{
	if (!m->events)
		return;
	events_tick(m);
	while (list_linked(&m->events->subscribers)) {
		struct subscriber *s =
			container_of(m->events->subscribers.next, struct subscriber, link);

		(void)server_error(m->server, s->conn, s->serial, error, json_object());
		subscriber_free(s);
	}
}

/* --- Events --------------------------------------------------------------------------------
 */

/* Where the last @n of those it wants begin; negative: all of them. */
static uint64_t place_of_last(const struct manager *m, const struct subscriber *s, json_int_t n)
{
	const struct happenings *all = m->events->all;
	uint64_t cursor = happenings_begin(all), lost = 0;
	const struct happening *h;
	json_int_t skip = 0;

	while (n >= 0 && (h = happenings_next(all, &cursor, &lost)))
		skip += fits(s, h);
	skip -= n;
	cursor = happenings_begin(all);
	while (n >= 0 && skip > 0 && (h = happenings_next(all, &cursor, &lost)))
		skip -= fits(s, h);
	return cursor;
}

/* Where to begin: after what it was told, or before the last so many. What another instance
 * told it, which had more to tell than we have, says nothing. */
static uint64_t place(const struct manager *m, const struct subscriber *s, const json_t *p)
{
	const json_t *after = json_object_get(p, "after"), *last = json_object_get(p, "last");
	const json_int_t serial = json_integer_value(after);

	if (json_is_integer(after) && serial >= -1 &&
	    (uint64_t)(serial + 1) <= happenings_end(m->events->all))
		return (uint64_t)(serial + 1);
	if (json_is_integer(after))
		return happenings_begin(m->events->all);
	if (json_is_integer(last))
		return place_of_last(m, s, json_integer_value(last));
	return happenings_end(m->events->all);
}

static const char *wrong_type(const json_t *types)
{
	const json_t *type;
	size_t i;

	json_array_foreach(types, i, type)
	{
		if (!happening_known(json_string_value(type)))
			return json_string_value(type);
	}
	return NULL;
}

static struct subscriber *subscriber_new(const struct request *rq)
{
	json_t *types = json_object_get(rq->parameters, "filter");
	json_t *names = json_object_get(rq->parameters, "names");
	struct subscriber *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	*s = (struct subscriber){ .conn = rq->conn,
				  .serial = rq->serial,
				  .types = json_incref(types),
				  .names = json_incref(names),
				  .sees_output = rq->right >= RIGHT_OPERATE };
	list_init(&s->link);
	return s;
}

void handle_events(struct manager *m, struct request *rq)
{
	const char *wrong = wrong_type(json_object_get(rq->parameters, "filter"));
	struct subscriber *s;

	if (wrong) {
		server_error(m->server, rq->conn, rq->serial, "BadEvent",
			     json_pack("{s:o}", "event", varlink_string(wrong)));
		return;
	}
	s = subscriber_new(rq);
	if (!s) {
		refusal_no_memory(m, rq);
		return;
	}
	s->cursor = place(m, s, rq->parameters);
	if (rq->more) {
		list_append(&m->events->subscribers, &s->link);
		/* So that it knows from where on it will be told. */
		(void)tell(m, s, true, true);
		return;
	}
	(void)tell(m, s, true, false);
	subscriber_free(s);
	m->spent = true;
}
