/* SPDX-License-Identifier: MIT */
#include "daemon/manager/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int session_new(struct jobs *js, uint64_t number, const char *key, uid_t uid,
		struct job_spec *template, int limit, struct session **ret)
{
	struct session *s = calloc(1, sizeof *s);

	if (!s)
		return -ENOMEM;
	s->key = strdup(key);
	if (!s->key) {
		free(s);
		return -ENOMEM;
	}
	s->number = number;
	s->uid = uid;
	s->template = job_spec_ref(template);
	s->limit = limit;
	s->due = MONO_NEVER;
	list_init(&s->jobs);
	list_init(&s->results);
	list_append(&js->sessions, &s->link);
	s->of = js;
	js->n_sessions++;
	if (number >= js->next_session)
		js->next_session = number + 1;
	*ret = s;
	return 0;
}

void session_free(struct session *s)
{
	list_unlink(&s->link);
	s->of->n_sessions--;
	job_spec_unref(s->template);
	free(s->key);
	free(s);
}

struct session *session_by_key(const struct jobs *js, const char *key)
{
	for (struct list *l = js->sessions.next; l != &js->sessions; l = l->next) {
		struct session *s = container_of(l, struct session, link);

		if (strcmp(s->key, key) == 0)
			return s;
	}
	return NULL;
}

struct session *session_by_number(const struct jobs *js, uint64_t number)
{
	for (struct list *l = js->sessions.next; l != &js->sessions; l = l->next) {
		struct session *s = container_of(l, struct session, link);

		if (s->number == number)
			return s;
	}
	return NULL;
}

const char *session_pool(const struct session *s, char name[SESSION_POOL_BYTES])
{
	(void)snprintf(name, SESSION_POOL_BYTES, ":%" PRIu64, s->number);
	return name;
}
