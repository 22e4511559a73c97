/* SPDX-License-Identifier: MIT */
/*
 * Each record is an object with one key that says what it is (next, session, job, end, drop,
 * seen, gone), the version of its form ("v"), and, where it matters, the number of the session
 * ("s"). Records that only say that others do not count any more are of no use from the
 * beginning: what they say is so when the journal is written anew.
 */
#include "daemon/manager/job_kept.h"

#include <errno.h>
#include <string.h>

#include "daemon/manager/job_json.h"
#include "daemon/manager/session.h"

enum { VERSION = 1 };

static int append_text(const char *data, size_t len, void *out)
{
	return buf_append(out, data, len) < 0 ? -1 : 0;
}

/* Add @o, which is stolen. */
static int write_record(struct job_store *store, json_t *stolen, struct store_ref *ret)
{
	_cleanup_(json_decrefp) json_t *o = stolen;
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	if (!o || json_object_set_new(o, "v", json_integer(VERSION)) < 0 ||
	    json_dump_callback(o, append_text, &text, JSON_COMPACT) < 0)
		return -ENOMEM;
	return job_store_append(store, text.data, text.len, ret);
}

static void complain(struct manager *m, int error)
{
	manager_log(m, LEVEL_CRITICAL, "the journal of jobs cannot be written: %s",
		    strerror(-error));
}

/* Add a record that says of others that they do not count any more. */
static void write_note(struct manager *m, json_t *o)
{
	struct store_ref ref;
	const int r = write_record(m->jobs->store, o, &ref);

	if (r < 0)
		complain(m, r);
	else
		job_store_drop(m->jobs->store, &ref);
}

/* --- writing --------------------------------------------------------------------------------
 */

int session_keep(struct manager *m, struct session *s, json_t *template)
{
	return write_record(m->jobs->store,
			    json_pack("{s:s,s:I,s:I,s:i,s:O?}", "session", s->key, "s",
				      (json_int_t)s->number, "uid", (json_int_t)s->uid, "limit",
				      s->limit, "template", template),
			    &s->record);
}

int job_keep(struct manager *m, struct job *j, json_t *said)
{
	json_t *o = json_pack("{s:O,s:I,s:I,s:s?}", "job", said, "id", (json_int_t)j->id,
			      "queued", (json_int_t)j->queued_ms, "user", j->user);

	if (j->session)
		(void)json_object_set_new(o, "s", json_integer((json_int_t)j->session->number));
	if (j->session)
		(void)json_object_set_new(o, "seq", json_integer((json_int_t)j->seq));
	if (j->logs[0])
		(void)json_object_set_new(o, "out", varlink_string(j->logs[0]));
	if (j->logs[1])
		(void)json_object_set_new(o, "err", varlink_string(j->logs[1]));
	return write_record(m->jobs->store, o, &j->record);
}

void job_keep_end(struct manager *m, struct job *j, json_t *shown)
{
	struct store_ref ref;
	json_t *o = json_pack("{s:O}", "end", shown);
	int r;

	if (j->session) {
		(void)json_object_set_new(o, "s", json_integer((json_int_t)j->session->number));
		(void)json_object_set_new(o, "order", json_integer((json_int_t)j->order));
	}
	r = write_record(m->jobs->store, o, &ref);
	if (r < 0) {
		complain(m, r);
		return;
	}
	job_store_drop(m->jobs->store, &j->record);
	j->record = ref;
}

void job_keep_drop(struct manager *m, struct job *j)
{
	job_store_drop(m->jobs->store, &j->record);
	write_note(m, json_pack("{s:I}", "drop", (json_int_t)j->id));
}

static json_t *seen_record(const struct session *s)
{
	return json_pack("{s:I,s:I}", "seen", (json_int_t)s->seen, "s", (json_int_t)s->number);
}

void session_keep_seen(struct manager *m, const struct session *s)
{
	write_note(m, seen_record(s));
}

void session_keep_gone(struct manager *m, struct session *s)
{
	job_store_drop(m->jobs->store, &s->record);
	write_note(m, json_pack("{s:I,s:I}", "gone", (json_int_t)s->number, "s",
				(json_int_t)s->number));
}

static json_t *next_record(const struct jobs *js)
{
	return json_pack("{s:I,s:I}", "next", (json_int_t)js->next_id, "next_session",
			 (json_int_t)js->next_session);
}

static int begin_store(const struct jobs *js, struct job_store **ret)
{
	struct store_ref ref;
	int r = job_store_new(ret);

	if (r == 0)
		r = write_record(*ret, next_record(js), &ref);
	if (r == 0)
		job_store_drop(*ret, &ref);
	return r;
}

static void deposit(struct manager *m)
{
	manager_deposit(m, "jobs", job_store_fd(m->jobs->store));
	channel_flush(m->keeper); /* what is added from now on is in this one alone */
}

int jobs_write(struct manager *m)
{
	const int r = begin_store(m->jobs, &m->jobs->store);

	if (r == 0)
		deposit(m);
	return r;
}

static int copy_sessions(const struct jobs *js, struct job_store *to)
{
	int r = 0;

	for (struct list *l = js->sessions.next; r == 0 && l != &js->sessions; l = l->next) {
		struct session *s = container_of(l, struct session, link);
		struct store_ref ref;

		r = job_store_copy(js->store, &s->record, to);
		if (r == 0)
			r = write_record(to, seen_record(s), &ref);
		if (r == 0)
			job_store_drop(to, &ref);
	}
	return r;
}

static int copy_jobs(const struct jobs *js, struct job_store *to)
{
	int r = 0;

	for (struct list *l = js->all.next; r == 0 && l != &js->all; l = l->next)
		r = job_store_copy(js->store, &container_of(l, struct job, all)->record, to);
	return r;
}

void jobs_compact(struct manager *m)
{
	struct jobs *js = m->jobs;
	struct job_store *to;

	if (!job_store_is_wasteful(js->store) || begin_store(js, &to) < 0)
		return;
	/* Half of the places are those of the new one: the next manager has the old one whole.
	 */
	if (copy_sessions(js, to) < 0 || copy_jobs(js, to) < 0)
		manager_out_of_memory();
	job_store_free(js->store);
	js->store = to;
	deposit(m);
}

/* --- reading --------------------------------------------------------------------------------
 */

/* What a record is read with. */
struct reading {
	struct manager *m;
	const json_t *o;
	struct session *session; /* its "s", or NULL */
	struct store_ref at;
};

static int64_t number(const struct reading *rd, const char *key)
{
	return json_integer_value(json_object_get(rd->o, key));
}

static int read_next(const struct reading *rd, const json_t *v)
{
	struct jobs *js = rd->m->jobs;
	const uint64_t id = (uint64_t)json_integer_value(v);
	const uint64_t session = (uint64_t)number(rd, "next_session");
	struct store_ref note = rd->at;

	job_store_drop(js->store, &note);
	if (id > js->next_id)
		js->next_id = id;
	if (session > js->next_session)
		js->next_session = session;
	return 0;
}

static int read_session(const struct reading *rd, const json_t *v)
{
	_cleanup_(job_spec_unrefp) struct job_spec *spec = NULL;
	const json_t *template = json_object_get(rd->o, "template");
	struct session *s;
	const char *wrong;
	int r = 0;

	if (!json_is_string(v) || rd->session)
		return -EBADMSG;
	if (json_is_object(template))
		r = job_spec_parse(template, NULL, JOB_SPEC_TEMPLATE, &wrong, &spec);
	if (r == JOB_SPEC_OK)
		r = session_new(rd->m->jobs, (uint64_t)number(rd, "s"), json_string_value(v),
				(uid_t)number(rd, "uid"), spec, (int)number(rd, "limit"), &s);
	if (r == 0)
		s->record = rd->at;
	return r > 0 ? -EBADMSG : r;
}

static int copy_text(const json_t *o, const char *key, char **ret)
{
	const char *text = json_string_value(json_object_get(o, key));

	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? -ENOMEM : 0;
}

static int fill_job(const struct reading *rd, struct job *j)
{
	int r = copy_text(rd->o, "user", &j->user);

	if (r == 0)
		r = copy_text(rd->o, "out", &j->logs[0]);
	if (r == 0)
		r = copy_text(rd->o, "err", &j->logs[1]);
	if (r == 0 && rd->session)
		r = job_join(rd->m->jobs, j, rd->session, (uint64_t)number(rd, "seq"));
	j->queued_ms = number(rd, "queued");
	j->record = rd->at;
	return r;
}

static int read_job(const struct reading *rd, const json_t *v)
{
	struct jobs *js = rd->m->jobs;
	struct job_spec *spec;
	const char *wrong;
	struct job *j;
	int r;

	if (!number(rd, "id") || job_by_id(js, (uint64_t)number(rd, "id")))
		return -EBADMSG;
	r = job_spec_parse(v, rd->session ? rd->session->template : NULL,
			   rd->session ? JOB_SPEC_SESSION : JOB_SPEC_ALONE, &wrong, &spec);
	if (r == JOB_SPEC_OK)
		r = job_new(js, (uint64_t)number(rd, "id"), spec, &j);
	if (r != 0)
		return r > 0 ? -EBADMSG : r;
	r = fill_job(rd, j);
	if (r < 0)
		job_free(js, j);
	return r;
}

/* In the order of their ends, or of those who take them. */
static void file_result(struct jobs *js, struct job *j)
{
	struct list *head = j->session ? &j->session->results : &js->history;
	struct list *at = head->prev;

	list_unlink(&j->peers);
	for (; at != head; at = at->prev) {
		const struct job *other = container_of(at, struct job, peers);

		if (j->session ? other->order < j->order : other->ended_ms <= j->ended_ms)
			break;
	}
	list_append(at->next, &j->peers);
}

static int read_end(const struct reading *rd, const json_t *v)
{
	struct jobs *js = rd->m->jobs;
	const json_t *id = json_object_get(v, "id"), *seq = json_object_get(v, "seq");
	struct job *j = job_by_id(js, (uint64_t)json_integer_value(id));
	int r;

	if (j && job_has_ended(j))
		return -EBADMSG;
	r = j ? job_end_from_json(j, v) : job_from_json(js, v, &j);
	if (r == 0 && rd->session && !j->session)
		r = job_join(js, j, rd->session, (uint64_t)json_integer_value(seq));
	if (r < 0)
		return r;
	job_store_drop(js->store, &j->record);
	j->record = rd->at;
	j->order = (uint64_t)number(rd, "order");
	js->bytes -= job_spec_has_run(j->spec);
	if (rd->session && j->order > rd->session->n_results)
		rd->session->n_results = j->order;
	if (!j->session)
		js->n_history++;
	file_result(js, j);
	return 0;
}

static int read_seen(const struct reading *rd, const json_t *v)
{
	struct session *s = rd->session;
	struct store_ref note = rd->at;
	const uint64_t seen = (uint64_t)json_integer_value(v);

	job_store_drop(rd->m->jobs->store, &note);
	if (!s || seen < s->seen)
		return 0;
	s->seen = seen;
	if (s->n_results < seen)
		s->n_results = seen;
	session_forget_taken(rd->m->jobs, s);
	return 0;
}

static void free_jobs(struct manager *m, struct list *head)
{
	while (list_linked(head)) {
		struct job *j = container_of(head->next, struct job, peers);

		job_store_drop(m->jobs->store, &j->record);
		job_free(m->jobs, j);
	}
}

static int read_gone(const struct reading *rd, const json_t *v)
{
	struct store_ref note = rd->at;

	(void)v;
	job_store_drop(rd->m->jobs->store, &note);
	if (!rd->session)
		return 0;
	free_jobs(rd->m, &rd->session->jobs);
	free_jobs(rd->m, &rd->session->results);
	job_store_drop(rd->m->jobs->store, &rd->session->record);
	session_free(rd->session);
	return 0;
}

static int read_drop(const struct reading *rd, const json_t *v)
{
	struct jobs *js = rd->m->jobs;
	struct job *j = job_by_id(js, (uint64_t)json_integer_value(v));
	struct store_ref note = rd->at;

	job_store_drop(js->store, &note);
	if (!j)
		return 0;
	if (job_has_ended(j) && !j->session)
		js->n_history--;
	job_store_drop(js->store, &j->record);
	job_free(js, j);
	return 0;
}

/* clang-format off */
static const struct {
	const char *key;
	int (*read)(const struct reading *rd, const json_t *v);
} readers[] = {
	{ "job",     read_job },
	{ "end",     read_end },
	{ "seen",    read_seen },
	{ "session", read_session },
	{ "gone",    read_gone },
	{ "drop",    read_drop },
	{ "next",    read_next },
};
/* clang-format on */

static int read_object(const struct reading *rd)
{
	if (number(rd, "v") != VERSION)
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		const json_t *v = json_object_get(rd->o, readers[i].key);

		if (v)
			return readers[i].read(rd, v);
	}
	return -EBADMSG;
}

/* What cannot be read is passed over: the others are worth more than its consequences. */
static int on_record(void *owner, const char *text, size_t len, struct store_ref at)
{
	_cleanup_(json_decrefp) json_t *o = json_loadb(text, len, 0, NULL);
	struct manager *m = owner;
	struct reading rd = { .m = m, .o = o, .at = at };
	const json_t *s = json_object_get(o, "s");
	int r;

	if (s)
		rd.session = session_by_number(m->jobs, (uint64_t)json_integer_value(s));
	r = read_object(&rd);
	if (r == -EBADMSG)
		manager_log(m, LEVEL_CRITICAL,
			    "the journal of jobs has a record of another "
			    "kind, which is passed over");
	return r == -EBADMSG ? 0 : r;
}

int jobs_read(struct manager *m, int fd)
{
	const int r = job_store_open(fd, &m->jobs->store);

	return r < 0 ? r : job_store_read(m->jobs->store, on_record, m);
}
