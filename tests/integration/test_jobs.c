/* SPDX-License-Identifier: MIT */
/* test_jobs.c - jobs: run, fed, read, polled, chained, bounded, many at once. */
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "tests/integration/jobs.h"

enum { TIMED_OUT = 124, NOT_FOUND = 127, RUNS = 3 };

START_TEST(a_job_prints_where_its_caller_does_and_ends_as_it_did)
{
	instance_run(&in, "");
	EXPECT_CTL(&in, 0, "hello\n", "run", "--", "echo", "hello");
	QUIETLY(7, "run", "--", "puppet", "exit", "7");
	QUIETLY(128 + SIGKILL, "run", "--", "puppet", "raise", "9");
	QUIETLY(NOT_FOUND, "run", "--", "there-is-no-such-program");
	EXPECT_CTL(&in, 0, "here\n", "run", "--stdin-data", "here\n", "--", "cat");
	EXPECT_CTL(&in, 0, "of-it\n", "run", "-E", "WHAT=of-it", "--", "sh", "-c",
		   "echo $WHAT");
}
END_TEST

static json_t *json_of(struct outcome *o)
{
	json_t *job = json_loads(buf_str(&o->out), 0, NULL);

	ck_assert_msg(job, "%s%s", buf_str(&o->out), buf_str(&o->err));
	return job;
}

static json_int_t number(const json_t *job, const char *key)
{
	return json_integer_value(json_object_get(job, key));
}

START_TEST(the_status_of_a_signal_is_its_number_below_zero)
{
	struct outcome o;
	json_t *job;

	instance_run(&in, "");
	CTL(&in, &o, "run", "--json", "--", "puppet", "raise", "15");
	job = json_of(&o);
	ck_assert_int_eq(number(job, "status"), -15);
	ck_assert_int_le(number(job, "queued_ms"), number(job, "started_ms"));
	ck_assert_int_le(number(job, "started_ms"), number(job, "ended_ms"));
	ck_assert_int_gt(number(json_array_get(json_object_get(job, "stages"), 0), "maxrss_kb"),
			 0);
	json_decref(job);
	outcome_done(&o);
}
END_TEST

START_TEST(what_takes_too_long_is_stopped_and_then_killed)
{
	struct outcome o;
	json_t *job;

	instance_run(&in, "");
	CTL(&in, &o, "run", "--json", "--timeout", "0.1", "--", PUPPET("slow"), "wait");
	ck_assert_int_eq(o.status, TIMED_OUT);
	job = json_of(&o);
	ck_assert_int_eq(number(job, "status"), -15);
	ck_assert(json_is_true(json_object_get(job, "timed_out")));
	json_decref(job);
	outcome_done(&o);

	CTL(&in, &o, "run", "--json", "--timeout", "0.1", "--kill-after", "0.1", "--", "puppet",
	    "ignore", "15", "wait");
	ck_assert_int_eq(o.status, TIMED_OUT);
	job = json_of(&o);
	ck_assert_int_eq(number(job, "status"), -9);
	json_decref(job);
	outcome_done(&o);
}
END_TEST

START_TEST(a_detached_job_is_polled_until_it_has_ended)
{
	instance_run(&in, "");
	EXPECT_CTL(&in, 0, "1\n", "run", "--detach", "--", PUPPET("a"), "out", "said", "err",
		   "complained", "wait");
	instance_hear(&in, "a", "ready");
	EXPECT_CTL(&in, RUNS, "", "poll", "1");
	instance_order(&in, "a", "exit 5");
	EXPECT_CTL(&in, 5, "1: 5\n", "wait", "1");
	EXPECT_CTL(&in, 0, "5\n", "poll", "1");
	EXPECT_CTL(&in, 0, "said\n", "output", "1");
	EXPECT_CTL(&in, 0, "complained\n", "output", "1", "stderr");
	QUIETLY(0, "forget", "1");
	QUIETLY(4, "poll", "1");
}
END_TEST

START_TEST(output_is_followed_to_the_end_of_a_job)
{
	pid_t follower;

	instance_run(&in, "");
	EXPECT_CTL(&in, 0, "1\n", "run", "--detach", "--", PUPPET("a"), "out", "first", "wait");
	instance_hear(&in, "a", "ready");
	follower = BEGIN("followed", "output", "-f", "1");
	instance_file_has(&in, "followed", "first\n");
	instance_order(&in, "a", "out last");
	instance_order(&in, "a", "exit 0");
	ck_assert_int_eq(jobs_finish(follower), 0);
	instance_file_has(&in, "followed", "first\nlast\n");
}
END_TEST

/* The log of job 1, or "". */
static void log_of(const char *key, char *ret, size_t size)
{
	json_t *job = job_of("1");
	const char *path = json_string_value(json_object_get(job, key));

	ck_assert_ptr_nonnull(path);
	snprintf(ret, size, "%s", path);
	json_decref(job);
}

/* Wait until the file is no more; @watch sees what is removed from its folder. */
static void is_removed(int watch, const char *path)
{
	const mono_t end = patience_ends();
	struct pollfd at = { watch, POLLIN, 0 };
	char events[4096];

	while (access(path, F_OK) == 0) {
		ck_assert_int_ge(poll(&at, 1, patience_left(end, path)), 0);
		(void)!read(watch, events, sizeof events);
	}
}

START_TEST(the_logs_of_a_job_are_private_and_go_with_its_result)
{
	const int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[600];
	struct stat st;

	ck_assert_int_ge(inotify_add_watch(watch, in.dir, IN_DELETE), 0);
	instance_run(&in, "");
	QUIETLY(0, "run", "--detach", "--", "echo", "said");
	QUIETLY(0, "wait", "1");
	log_of("stdout_log", path, sizeof path);
	EXPECT_CTL(&in, 0, "said\n", "output", "1");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(st.st_size, 5);
	QUIETLY(0, "forget", "1");
	is_removed(watch, path);
	close(watch);
}
END_TEST

/* All ten are there before the first may go: no nine at a time would ever get there. */
START_TEST(ten_jobs_run_at_the_same_time)
{
	char name[16];
	pid_t map;

	instance_run(&in, "");
	map = BEGIN("map", "map", "-j", "10", "--", "env", "SUPERVISOR_PROCESS_NAME=j{}",
		    "puppet", "wait", ":::", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof name, "j%d", i);
		instance_hear(&in, name, "ready");
	}
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof name, "j%d", i);
		instance_order(&in, name, "exit 0");
	}
	ck_assert_int_eq(jobs_finish(map), 0);
}
END_TEST

START_TEST(no_more_run_than_were_allowed)
{
	pid_t map;

	instance_run(&in, "");
	map = BEGIN("map", "map", "-j", "2", "--", "env", "SUPERVISOR_PROCESS_NAME=j{}",
		    "puppet", "wait", ":::", "0", "1", "2");
	instance_hear(&in, "j0", "ready");
	instance_hear(&in, "j1", "ready");
	ck_assert(!instance_heard(&in, "j2", "ready"));
	instance_order(&in, "j0", "exit 0");
	instance_hear(&in, "j2", "ready");
	instance_order(&in, "j2", "exit 0");
	instance_order(&in, "j1", "exit 1");
	ck_assert_int_eq(jobs_finish(map), 1);
}
END_TEST

/* --- chains ---------------------------------------------------------------------------------
 */

static json_int_t stage_status(const json_t *job, size_t i)
{
	return number(json_array_get(json_object_get(job, "stages"), i), "status");
}

START_TEST(the_output_of_a_stage_is_the_input_of_the_next)
{
	struct outcome o;
	json_t *job;

	instance_run(&in, "");
	EXPECT_CTL(&in, 0, "C\nB\n", "run", "--",
		   "printf 'a\\nb\\nc\\n' | tac | head -2 | tr a-z A-Z");
	CTL(&in, &o, "run", "--json=result", "--", "puppet exit 3 | puppet raise 9 | cat");
	ck_assert_int_eq(o.status, 0);
	ck_assert_str_eq(buf_str(&o.out), "");
	outcome_done(&o);
	CTL(&in, &o, "run", "--json", "--", "puppet exit 3 | puppet raise 9 | puppet exit 4");
	ck_assert_int_eq(o.status, 4);
	job = json_of(&o);
	ck_assert_uint_eq(json_array_size(json_object_get(job, "stages")), 3);
	ck_assert_int_eq(stage_status(job, 0), 3);
	ck_assert_int_eq(stage_status(job, 1), -9);
	ck_assert_int_eq(stage_status(job, 2), 4);
	json_decref(job);
	outcome_done(&o);
	QUIETLY(3, "run", "--pipefail", "--", "puppet exit 3 | puppet exit 4 | cat");
	QUIETLY(0, "run", "--", "puppet exit 3 | puppet exit 4 | cat");
}
END_TEST

START_TEST(a_stage_whose_reader_cannot_be_started_gets_sigpipe)
{
	struct outcome o;
	json_t *job;

	instance_run(&in, "");
	CTL(&in, &o, "run", "--json", "--", "yes | there-is-no-such-program");
	ck_assert_int_eq(o.status, NOT_FOUND);
	job = json_of(&o);
	ck_assert_int_eq(stage_status(job, 0), -SIGPIPE);
	ck_assert_int_eq(stage_status(job, 1), NOT_FOUND);
	json_decref(job);
	outcome_done(&o);
}
END_TEST

START_TEST(a_chain_is_stopped_as_one)
{
	pid_t run;

	instance_run(&in, "");
	run = BEGIN("chain", "run", "--",
		    "env SUPERVISOR_PROCESS_NAME=a puppet wait | env SUPERVISOR_PROCESS_NAME=b "
		    "puppet note 15 wait");
	instance_hear(&in, "a", "ready");
	instance_hear(&in, "b", "ready");
	QUIETLY(0, "kill", "1");
	instance_hear(&in, "b", "15");
	instance_order(&in, "b", "exit 6");
	ck_assert_int_eq(jobs_finish(run), 6);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("jobs");
	TCase *tc = harness_case(s, "jobs");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, jobs_setup, jobs_teardown);
	tcase_add_test(tc, a_job_prints_where_its_caller_does_and_ends_as_it_did);
	tcase_add_test(tc, the_status_of_a_signal_is_its_number_below_zero);
	tcase_add_test(tc, what_takes_too_long_is_stopped_and_then_killed);
	tcase_add_test(tc, a_detached_job_is_polled_until_it_has_ended);
	tcase_add_test(tc, output_is_followed_to_the_end_of_a_job);
	tcase_add_test(tc, the_logs_of_a_job_are_private_and_go_with_its_result);
	tcase_add_test(tc, ten_jobs_run_at_the_same_time);
	tcase_add_test(tc, no_more_run_than_were_allowed);
	tcase_add_test(tc, the_output_of_a_stage_is_the_input_of_the_next);
	tcase_add_test(tc, a_stage_whose_reader_cannot_be_started_gets_sigpipe);
	tcase_add_test(tc, a_chain_is_stopped_as_one);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
