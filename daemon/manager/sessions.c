/* SPDX-License-Identifier: MIT */
/*
 * A session ends in two steps: what waits is dropped and what runs is told to stop; when the
 * last of it has ended, it is gone. If the manager is replaced in between, the next one does so
 * when nobody comes back.
 */
#include "daemon/manager/sessions.h"

#include <string.h>

#include "daemon/manager/handlers.h"
#include "daemon/manager/job_json.h"
#include "daemon/manager/job_kept.h"
#include "daemon/manager/job_run.h"
#include "daemon/manager/refusal.h"
#include "daemon/manager/session_tell.h"

/* --- ending ---------------------------------------------------------------------------------
 */

/* The last of its jobs may take it along. */
static void stop_jobs(struct manager *m, struct session *s)
{
	const uint64_t number = s->number;
	struct list todo = LIST_INIT(todo);

	list_take(&todo, &s->jobs);
	while (list_linked(&todo)) {
		struct job *j = container_of(todo.next, struct job, peers);

		list_unlink(&j->peers);
		list_append(&s->jobs, &j->peers);
		(void)job_stop(m, j, "its caller has gone");
		if (!session_by_number(m->jobs, number))
			return;
	}
	session_check_over(m, s);
}

static void end(struct manager *m, struct session *s)
{
	s->conn = 0;
	s->due = MONO_NEVER;
	s->ending = true;
	s->seen = s->n_results;
	session_forget_taken(m->jobs, s);
	stop_jobs(m, s);
}

static struct session *session_of(const struct jobs *js, uint64_t conn)
{
	for (struct list *l = js->sessions.next; l != &js->sessions; l = l->next) {
		struct session *s = container_of(l, struct session, link);

		if (s->conn == conn)
			return s;
	}
	return NULL;
}

void sessions_abandon(struct manager *m, uint64_t conn)
{
	struct session *s = session_of(m->jobs, conn);

	if (s)
		end(m, s);
}

static struct session *overdue(const struct jobs *js, mono_t now)
{
	for (struct list *l = js->sessions.next; l != &js->sessions; l = l->next) {
		struct session *s = container_of(l, struct session, link);

		if (!mono_before(now, s->due))
			return s;
	}
	return NULL;
}

void sessions_tick(struct manager *m, mono_t now)
{
	struct session *s;

	while (m->jobs && (s = overdue(m->jobs, now)))
		end(m, s);
}

mono_t sessions_due(const struct manager *m)
{
	mono_t t = MONO_NEVER;

	if (!m->jobs)
		return t;
	for (struct list *l = m->jobs->sessions.next; l != &m->jobs->sessions; l = l->next)
		t = mono_min(t, container_of(l, struct session, link)->due);
	return t;
}

static void free_all(struct manager *m, struct list *jobs)
{
	while (list_linked(jobs)) {
		struct job *j = container_of(jobs->next, struct job, peers);

		job_store_drop(m->jobs->store, &j->record);
		job_free(m->jobs, j);
	}
}

void sessions_end(struct manager *m, const char *error)
{
	while (m->jobs && list_linked(&m->jobs->sessions)) {
		struct session *s = container_of(m->jobs->sessions.next, struct session, link);

		if (s->conn)
			(void)server_error(m->server, s->conn, s->serial, error, json_object());
		free_all(m, &s->jobs);
		free_all(m, &s->results);
		session_gone(m, s);
	}
}

/* --- Attach ---------------------------------------------------------------------------------
 */

static void refuse(struct manager *m, const struct request *rq, const char *why)
{
	server_error(m->server, rq->conn, rq->serial, "Failed",
		     json_pack("{s:s}", "what", why));
}

static void refuse_parameter(struct manager *m, const struct request *rq, const char *name)
{
	server_error(m->server, rq->conn, rq->serial, SERVICE_INTERFACE ".InvalidParameter",
		     json_pack("{s:s}", "parameter", name));
}

/* The session that is asked for; NULL: it cannot be, and the client is told. */
static struct session *open_session(struct manager *m, struct request *rq, const char *key)
{
	json_t *said = json_object_get(rq->parameters, "template");
	const json_int_t limit = json_integer_value(json_object_get(rq->parameters, "limit"));
	_cleanup_(job_spec_unrefp) struct job_spec *template = NULL;
	struct session *s = NULL;
	const char *wrong = NULL;
	int r = 0;

	if (json_is_object(said))
		r = job_spec_parse(said, NULL, JOB_SPEC_TEMPLATE, &wrong, &template);
	if (limit < 0 || limit > INT32_MAX)
		wrong = "limit";
	if (wrong) {
		refuse_parameter(m, rq, wrong);
		return NULL;
	}
	if (r == 0)
		r = session_new(m->jobs, m->jobs->next_session, key, rq->peer.uid, template,
				(int)limit, &s);
	if (r == 0)
		r = session_set_pool(m, s);
	if (r == 0)
		r = session_keep(m, s, template ? said : NULL);
	if (r == 0)
		return s;
	if (s)
		session_free(s);
	refusal_no_memory(m, rq);
	return NULL;
}

static const char *obstacle(const struct manager *m, const struct request *rq,
			    const struct session *s, const char *key)
{
	if (!rq->more)
		return "Attach needs \"more\"";
	if (!*key || strlen(key) > SESSION_KEY_MAX)
		return "a session has a key of 1 to 128 bytes";
	if (s && s->uid != rq->peer.uid)
		return "this session is somebody else's";
	if (s && s->conn)
		return "this session has its caller";
	if (s && s->ending)
		return "this session is over";
	return !s && m->jobs->n_sessions >= SESSIONS_MAX ? "there are too many sessions" : NULL;
}

static void tell_results(struct manager *m, const struct session *s)
{
	for (struct list *l = s->results.next; l != &s->results; l = l->next) {
		json_auto_t *shown = job_json(m, container_of(l, struct job, peers));

		session_tell(m, s, shown);
	}
}

void handle_attach(struct manager *m, struct request *rq)
{
	const char *key = json_string_value(json_object_get(rq->parameters, "session"));
	struct session *s;
	const char *why;

	if (refusal_down(m, rq))
		return;
	s = session_by_key(m->jobs, key);
	why = obstacle(m, rq, s, key);
	if (why) {
		refuse(m, rq, why);
		return;
	}
	if (!s)
		s = open_session(m, rq, key);
	if (!s)
		return;
	s->conn = rq->conn;
	s->serial = rq->serial;
	s->due = MONO_NEVER;
	(void)server_reply(m->server, rq->conn, rq->serial, json_object(), true);
	tell_results(m, s);
}
