/* SPDX-License-Identifier: MIT */
/* test_job_kept.c - what the next manager knows of jobs: all that was said, in any order, cut
 * anywhere. */
#include <fcntl.h>
#include <sys/stat.h>

#include "daemon/manager/job_json.h"
#include "daemon/manager/job_kept.h"
#include "daemon/manager/session.h"
#include "harness.h"

static struct manager m;
static int peer; /* the keeper's end */

static void on_message(struct channel *c, void *owner, const struct link_msg *msg, int *fds)
{
	(void)c, (void)owner, (void)msg, (void)fds;
}

static void setup(void)
{
	int ends[2];

	fds_note();
	m = (struct manager){ .log_due = MONO_NEVER };
	ck_assert_int_eq(loop_new(&m.loop), 0);
	ck_assert_int_eq(channel_pair(ends), 0);
	peer = ends[1];
	ck_assert_int_eq(channel_new(m.loop, ends[0], on_message, NULL, &m.keeper), 0);
	ck_assert_int_eq(jobs_new(&m.jobs), 0);
	ck_assert_int_eq(jobs_write(&m), 0);
}

static void teardown(void)
{
	m.jobs = jobs_free(m.jobs);
	m.keeper = channel_free(m.keeper);
	m.loop = loop_free(m.loop);
	close(peer);
	fds_check();
}

/* A session whose template has an environment. */
static struct session *open_session(const char *key)
{
	json_t *said = json_loads("{\"env\":[\"X=1\"],\"stdout\":\"fd\"}", 0, NULL);
	struct job_spec *template;
	struct session *s;
	const char *wrong;

	ck_assert_int_eq(job_spec_parse(said, NULL, JOB_SPEC_TEMPLATE, &wrong, &template), 0);
	ck_assert_int_eq(session_new(m.jobs, m.jobs->next_session, key, 7, template, 3, &s), 0);
	ck_assert_int_eq(session_keep(&m, s, said), 0);
	job_spec_unref(template);
	json_decref(said);
	return s;
}

static struct job *accept(struct session *s, uint64_t seq, const char *text)
{
	json_t *said = json_loads(text, 0, NULL);
	struct job_spec *spec;
	const char *wrong;
	struct job *j;

	ck_assert_ptr_nonnull(said);
	ck_assert_int_eq(job_spec_parse(said, s ? s->template : NULL,
					s ? JOB_SPEC_SESSION : JOB_SPEC_ALONE, &wrong, &spec),
			 0);
	ck_assert_int_eq(job_new(m.jobs, m.jobs->next_id, spec, &j), 0);
	if (s)
		ck_assert_int_eq(job_join(m.jobs, j, s, seq), 0);
	j->queued_ms = 1000 + (int64_t)j->id;
	ck_assert_int_eq(job_keep(&m, j, said), 0);
	json_decref(said);
	return j;
}

/* As job_end.c does it. */
static void end(struct job *j, int status)
{
	struct stage *last = &j->stages[j->n - 1];
	json_t *shown;

	j->state = JOB_DONE;
	last->has_status = true;
	last->status = status;
	last->cause = CAUSE_EXITED;
	last->description = strdup("so it is");
	j->ended_ms = last->ended_ms = 5000 + (int64_t)j->id;
	list_unlink(&j->peers);
	if (j->session) {
		j->order = ++j->session->n_results;
		list_append(&j->session->results, &j->peers);
	} else {
		list_append(&m.jobs->history, &j->peers);
		m.jobs->n_history++;
	}
	shown = job_json(&m, j);
	job_keep_end(&m, j, shown);
	json_decref(shown);
}

static void forget(struct job *j)
{
	job_keep_drop(&m, j);
	if (job_has_ended(j) && !j->session)
		m.jobs->n_history--;
	job_free(m.jobs, j);
}

/* In place of what we know, what the journal has; or the first @size bytes of it. */
static void crash_at(uint64_t size)
{
	const int fd = fcntl(job_store_fd(m.jobs->store), F_DUPFD_CLOEXEC, 0);

	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	m.jobs = jobs_free(m.jobs);
	ck_assert_int_eq(jobs_new(&m.jobs), 0);
	ck_assert_int_eq(jobs_read(&m, fd), 0);
}

static void crash(void)
{
	crash_at(job_store_size(m.jobs->store));
}

#define TRUE_JOB "{\"stages\":[[\"true\"]]}"

START_TEST(a_job_that_waits_is_known_again)
{
	const struct job *j;

	(void)accept(NULL, 0,
		     "{\"stages\":[[\"a\",\"b\"],[\"c\"]],\"pool\":\"p\","
		     "\"after\":[4],\"env\":[\"Y=2\"],\"timeout_ms\":9}");
	crash();
	j = job_by_id(m.jobs, 1);
	ck_assert_ptr_nonnull(j);
	ck_assert_int_eq(j->state, JOB_WAITING);
	ck_assert_uint_eq(j->n, 2);
	ck_assert_str_eq(j->spec->argv[0].first, "a");
	ck_assert_str_eq(j->spec->pool, "p");
	ck_assert_str_eq(j->spec->env->text, "Y=2");
	ck_assert_int_eq(j->spec->timeout, 9);
	ck_assert_uint_eq(j->spec->after[0], 4);
	ck_assert_int_eq(j->queued_ms, 1001);
	ck_assert_uint_eq(m.jobs->next_id, 2);
}
END_TEST

START_TEST(a_result_is_known_again_as_it_was)
{
	const struct job *j;
	json_t *before, *after;

	end(accept(NULL, 0, "{\"stages\":[[\"a\",\"b\"],[\"c\"]],\"label\":\"l\"}"), 5);
	j = job_by_id(m.jobs, 1);
	before = job_json(&m, j);
	crash();
	j = job_by_id(m.jobs, 1);
	ck_assert_ptr_nonnull(j);
	ck_assert_int_eq(j->state, JOB_DONE);
	ck_assert_uint_eq(m.jobs->n_history, 1);
	after = job_json(&m, j);
	json_object_set(after, "now_ms", json_object_get(before, "now_ms"));
	ck_assert_int_eq(json_equal(before, after), 1);
	json_decref(before);
	json_decref(after);
}
END_TEST

START_TEST(a_session_has_its_jobs_and_its_results_in_their_order)
{
	struct session *s = open_session("key");
	struct job *jobs[5];
	struct list *l;

	for (uint64_t i = 0; i < 5; i++)
		jobs[i] = accept(s, 10 + i, TRUE_JOB);
	end(jobs[3], 3);
	end(jobs[0], 0);
	end(jobs[4], 4);
	s->seen = 1;
	session_keep_seen(&m, s);
	crash();
	s = session_by_key(m.jobs, "key");
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(s->limit, 3);
	ck_assert_uint_eq(s->uid, 7);
	ck_assert_uint_eq(s->seen, 1);
	ck_assert_uint_eq(s->n_results, 3);
	ck_assert_uint_eq(s->n_jobs, 4);
	ck_assert_str_eq(s->template->env->text, "X=1");
	l = s->results.next;
	ck_assert_uint_eq(container_of(l, struct job, peers)->seq, 10);
	ck_assert_uint_eq(container_of(l->next, struct job, peers)->seq, 14);
	ck_assert_ptr_eq(l->next->next, &s->results);
	ck_assert_ptr_null(job_by_id(m.jobs, 4));
	ck_assert_int_eq(job_by_seq(m.jobs, s, 11)->state, JOB_WAITING);
	ck_assert_ptr_eq(job_by_seq(m.jobs, s, 12)->spec->env, s->template->env);
}
END_TEST

START_TEST(what_was_forgotten_is_not_known)
{
	struct session *s = open_session("key");

	(void)accept(s, 1, TRUE_JOB);
	end(accept(s, 2, TRUE_JOB), 0);
	forget(accept(NULL, 0, TRUE_JOB));
	end(accept(NULL, 0, TRUE_JOB), 1);
	forget(job_by_id(m.jobs, 4));
	session_keep_gone(&m, s);
	crash();
	ck_assert(!list_linked(&m.jobs->all) && !list_linked(&m.jobs->sessions));
	ck_assert_uint_eq(m.jobs->n_history, 0);
	ck_assert_uint_eq(m.jobs->next_id, 5);
	ck_assert_uint_eq(m.jobs->next_session, 2);
}
END_TEST

START_TEST(numbers_go_on_after_the_journal_was_written_anew)
{
	struct session *s = open_session("key");
	const int fd = job_store_fd(m.jobs->store);

	for (uint64_t i = 1; job_store_fd(m.jobs->store) == fd; i++) {
		ck_assert_uint_lt(i, 10000);
		end(accept(s, i, TRUE_JOB), 0);
		if (i % 2) {
			s->seen = s->n_results;
			session_keep_seen(&m, s);
			session_forget_taken(m.jobs, s);
		}
		jobs_compact(&m);
	}
	const uint64_t next = m.jobs->next_id, seen = s->seen, n = s->n_results;
	const uint64_t left = s->n_jobs;

	ck_assert_uint_lt(job_store_size(m.jobs->store), 4096);
	crash();
	s = session_by_key(m.jobs, "key");
	ck_assert_uint_eq(m.jobs->next_id, next);
	ck_assert_uint_eq(s->seen, seen);
	ck_assert_uint_eq(s->n_results, n);
	ck_assert_uint_eq(s->n_jobs, left);
}
END_TEST

static void tell_a_story(void)
{
	struct session *s = open_session("key");
	struct job *first = accept(s, 1, TRUE_JOB), *second = accept(s, 2, TRUE_JOB);

	(void)accept(NULL, 0, TRUE_JOB);
	end(second, 1);
	end(first, 0);
	s->seen = 1;
	session_keep_seen(&m, s);
	session_forget_taken(m.jobs, s);
	forget(job_by_id(m.jobs, 3));
	end(accept(NULL, 0, TRUE_JOB), 2);
	session_keep_gone(&m, s);
}

/* In the books is what is in the journal, and it counts right. */
static void check_books(void)
{
	size_t sessions = 0, history = 0, jobs = 0;

	for (struct list *l = m.jobs->all.next; l != &m.jobs->all; l = l->next) {
		const struct job *j = container_of(l, struct job, all);

		ck_assert_ptr_eq(job_by_id(m.jobs, j->id), j);
		ck_assert_uint_lt(j->id, m.jobs->next_id);
		ck_assert_uint_gt(j->record.at, 0);
		history += job_has_ended(j) && !j->session;
		jobs++;
	}
	for (struct list *l = m.jobs->sessions.next; l != &m.jobs->sessions; l = l->next)
		sessions++;
	ck_assert_uint_eq(m.jobs->n_history, history);
	ck_assert_uint_eq(m.jobs->n_sessions, sessions);
	ck_assert_uint_eq(m.jobs->by_id.n, jobs);
}

START_TEST(cut_at_any_byte_the_journal_tells_what_was_finished)
{
	uint64_t whole;

	tell_a_story();
	whole = job_store_size(m.jobs->store);
	for (uint64_t size = 8; size <= whole; size++) {
		teardown();
		setup();
		tell_a_story();
		crash_at(size);
		check_books();
	}
	ck_assert_uint_eq(m.jobs->by_id.n, 1); /* of it all, the last job */
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("jobs that are kept");
	TCase *tc = tcase_create("journal");

	tcase_add_checked_fixture(tc, setup, teardown);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, a_job_that_waits_is_known_again);
	tcase_add_test(tc, a_result_is_known_again_as_it_was);
	tcase_add_test(tc, a_session_has_its_jobs_and_its_results_in_their_order);
	tcase_add_test(tc, what_was_forgotten_is_not_known);
	tcase_add_test(tc, numbers_go_on_after_the_journal_was_written_anew);
	tcase_add_test(tc, cut_at_any_byte_the_journal_tells_what_was_finished);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
