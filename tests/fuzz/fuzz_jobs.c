/* SPDX-License-Identifier: MIT */
/*
 * fuzz_jobs.c - a journal of jobs with any records in any order: it is read without harm, what
 * is in the books is consistent, can be shown, and what is shown can be read.
 *
 * Each line is a record.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "daemon/manager/job_json.h"
#include "daemon/manager/job_kept.h"
#include "daemon/manager/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_message(struct channel *c, void *owner, const struct link_msg *msg, int *fds)
{
	(void)c, (void)owner, (void)msg, (void)fds;
}

static int write_journal(const char *text, size_t size)
{
	struct job_store *s;
	struct store_ref ref;
	int fd;

	assert(job_store_new(&s) == 0);
	while (size) {
		const char *end = memchr(text, '\n', size);
		const size_t len = end ? (size_t)(end - text) : size;

		assert(job_store_append(s, text, len, &ref) == 0);
		text += len + (end != NULL);
		size -= len + (end != NULL);
	}
	fd = dup(job_store_fd(s));
	job_store_free(s);
	return fd;
}

/* A result that is shown is one that the next manager takes. */
static void show(const struct manager *m, struct job *j)
{
	json_t *shown = job_json(m, j);
	struct jobs *others;
	struct job *again;

	assert(shown);
	if (job_has_ended(j)) {
		assert(jobs_new(&others) == 0);
		assert(job_from_json(others, shown, &again) == 0);
		assert(again->id == j->id && again->n == j->n);
		assert(job_succeeded(again) == job_succeeded(j));
		jobs_free(others);
	}
	json_decref(shown);
}

static void check_books(const struct manager *m)
{
	const struct jobs *js = m->jobs;
	size_t history = 0, n = 0;

	for (struct list *l = js->all.next; l != &js->all; l = l->next, n++) {
		struct job *j = container_of(l, struct job, all);

		assert(job_by_id(js, j->id) == j && j->id < js->next_id && j->n > 0);
		assert(!j->session || job_by_seq(js, j->session, j->seq));
		history += job_has_ended(j) && !j->session;
		show(m, j);
	}
	assert(n == js->by_id.n && history == js->n_history);
	for (struct list *l = js->sessions.next; l != &js->sessions; l = l->next) {
		const struct session *s = container_of(l, struct session, link);

		assert(session_by_key(js, s->key) && s->number < js->next_session);
		assert(s->seen <= s->n_results);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manager m = { .log_due = MONO_NEVER };
	int ends[2];

	assert(loop_new(&m.loop) == 0 && channel_pair(ends) == 0);
	assert(channel_new(m.loop, ends[0], on_message, NULL, &m.keeper) == 0);
	assert(jobs_new(&m.jobs) == 0);
	assert(jobs_read(&m, write_journal((const char *)data, size)) == 0);
	check_books(&m);
	jobs_compact(&m);
	check_books(&m);
	m.jobs = jobs_free(m.jobs);
	m.keeper = channel_free(m.keeper);
	m.loop = loop_free(m.loop);
	close(ends[1]);
	return 0;
}
