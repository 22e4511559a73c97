/* SPDX-License-Identifier: MIT */
/* test_jobs_crash.c - managers and callers are killed: each job runs once, and is reported. */
#include "tests/integration/jobs.h"

enum { MANY = 500, KILLS = 3 };

/* How often each of @n numbers stands in @file, a number a line. */
static void count_numbers(const char *file, int *counts, int n)
{
	char path[600], line[64];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", in.dir, file);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f)) {
		const int i = atoi(line);

		ck_assert_int_ge(i, 0);
		ck_assert_int_lt(i, n);
		counts[i]++;
	}
	fclose(f);
}

/* The job log of map has a line for each job: its number and its exit status are in there. */
static void expect_statuses(const char *file, int n)
{
	char path[600], line[1000];
	bool seen[MANY + 1] = { false };
	int seq, status, jobs = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", in.dir, file);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(line, sizeof line, f)); /* the heading */
	while (fgets(line, sizeof line, f)) {
		ck_assert_int_eq(sscanf(line, "%d %*s %*s %*s %*s %*s %d", &seq, &status), 2);
		ck_assert_int_ge(seq, 1);
		ck_assert_int_le(seq, n);
		ck_assert_msg(!seen[seq], "job %d is there twice", seq);
		ck_assert_msg(status == (seq - 1) % 3, "job %d: status %d", seq, status);
		seen[seq] = true;
		jobs++;
	}
	ck_assert_int_eq(jobs, n);
	fclose(f);
}

/* Each third says how far the map is; the manager is killed there. */
START_TEST(each_job_of_a_map_runs_once_whoever_dies)
{
	static const char *const script =
		"[ $(({} % 125)) != 124 ] || puppet say at{}; echo {} >> numbers; "
		"exit $(({} % 3))";
	int counts[MANY] = { 0 };
	_cleanup_(buf_done) struct buf items = BUF_INIT;
	char word[16];
	pid_t map;

	instance_run(&in, "");
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(buf_printf(&items, "%d\n", i), 0);
	instance_write(&in, "items", buf_str(&items));
	map = BEGIN_FROM("items", "map", "map", "-j", "8", "--joblog", "joblog", "--", "sh",
			 "-c", script);
	for (int k = 0; k < KILLS; k++) {
		snprintf(word, sizeof word, "at%d", k * 125 + 124);
		instance_hear(&in, "puppet", word);
		kill_manager();
	}
	ck_assert_int_eq(jobs_finish(map), 101);
	count_numbers("numbers", counts, MANY);
	for (int i = 0; i < MANY; i++)
		ck_assert_msg(counts[i] == 1, "job %d ran %d times", i, counts[i]);
	expect_statuses("joblog", MANY);
}
END_TEST

START_TEST(who_waits_for_a_job_does_not_notice)
{
	pid_t run;

	instance_run(&in, "");
	run = BEGIN("run", "run", "--", PUPPET("a"), "out", "before", "wait");
	instance_hear(&in, "a", "ready");
	kill_manager();
	instance_order(&in, "a", "out after");
	instance_order(&in, "a", "exit 7");
	ck_assert_int_eq(jobs_finish(run), 7);
	instance_file_has(&in, "run", "before\nafter\n");
}
END_TEST

/* What has ended while nobody was there has its status, its time and its accounts. */
START_TEST(an_end_that_nobody_saw_is_told_as_it_was)
{
	json_t *job, *stage;
	pid_t manager, pid;

	instance_run(&in, "");
	QUIETLY(0, "run", "--detach", "--", PUPPET("a"), "wait");
	pid = instance_hear(&in, "a", "ready");
	manager = instance_part(&in, "reeve-manager");
	ck_assert_int_eq(kill(manager, SIGSTOP), 0);
	instance_order(&in, "a", "raise 15");
	pid_gone(pid);
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	EXPECT_CTL(&in, 128 + SIGTERM, "1: -15\n", "wait", "1");
	job = job_of("1");
	stage = json_array_get(json_object_get(job, "stages"), 0);
	ck_assert_int_gt(json_integer_value(json_object_get(stage, "maxrss_kb")), 0);
	ck_assert_int_ge(json_integer_value(json_object_get(stage, "ended_ms")),
			 json_integer_value(json_object_get(stage, "started_ms")));
	json_decref(job);
}
END_TEST

START_TEST(results_and_what_waits_are_there_after_two_managers)
{
	instance_run(&in, "[pool:one]\nslots=1\n");
	QUIETLY(0, "run", "--detach", "--", "sh", "-c", "echo said; exit 4");
	QUIETLY(4, "wait", "1");
	QUIETLY(0, "run", "--detach", "--pool", "one", "--", PUPPET("a"), "wait");
	instance_hear(&in, "a", "ready");
	QUIETLY(0, "run", "--detach", "--pool", "one", "--", PUPPET("b"), "wait");
	kill_manager();
	kill_manager();
	EXPECT_CTL(&in, 0, "4\n", "poll", "1");
	EXPECT_CTL(&in, 0, "said\n", "output", "1");
	ck_assert(!instance_heard(&in, "b", "ready"));
	instance_order(&in, "a", "exit 0");
	instance_hear(&in, "b", "ready");
	instance_order(&in, "b", "exit 3");
	EXPECT_CTL(&in, 3, "3: 3\n", "wait", "3");
	EXPECT_CTL(&in, 0, "4\n", "run", "--detach", "--", "true");
}
END_TEST

/* Its standard input is a file that is no more when it starts, and the manager is another. */
START_TEST(what_a_job_that_waits_was_given_is_kept_for_it)
{
	instance_run(&in, "[pool:one]\nslots=1\n");
	QUIETLY(0, "run", "--detach", "--pool", "one", "--", PUPPET("a"), "wait");
	instance_hear(&in, "a", "ready");
	QUIETLY(0, "run", "--detach", "--pool", "one", "--stdin-data", "given", "--", "cat");
	kill_manager();
	instance_order(&in, "a", "exit 0");
	QUIETLY(0, "wait", "2");
	EXPECT_CTL(&in, 0, "given", "output", "2");
}
END_TEST

START_TEST(a_job_whose_caller_is_killed_is_stopped)
{
	pid_t run, pid;

	instance_run(&in, "");
	run = BEGIN("run", "run", "--", PUPPET("a"), "note", "15", "fork", "child", "wait");
	instance_hear(&in, "a", "ready");
	pid = instance_hear(&in, "a", "child");
	ck_assert_int_eq(kill(run, SIGKILL), 0);
	ck_assert_int_eq(jobs_finish(run), 128 + SIGKILL);
	instance_hear(&in, "a", "15");
	ck_assert(pid_alive(pid));
	instance_order(&in, "a", "exit 0");
	instance_logged(&in, "job 1: ended");
	EXPECT_CTL(&in, 0, "", "jobs");
}
END_TEST

/* In the middle of that the manager dies: the next one has only the caller's absence. */
START_TEST(a_caller_that_dies_with_the_manager_does_not_leave_its_jobs)
{
	pid_t run, manager;

	instance_run(&in, "");
	run = BEGIN("run", "run", "--", PUPPET("a"), "note", "15", "wait");
	instance_hear(&in, "a", "ready");
	manager = instance_part(&in, "reeve-manager");
	ck_assert_int_eq(kill(manager, SIGSTOP), 0);
	ck_assert_int_eq(kill(run, SIGKILL), 0);
	ck_assert_int_eq(jobs_finish(run), 128 + SIGKILL);
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	instance_hear(&in, "a", "15"); /* after the time in which it could have come back */
	instance_order(&in, "a", "exit 0");
	instance_logged(&in, "job 1: ended");
}
END_TEST

START_TEST(the_keeper_does_not_start_twice_what_was_on_its_way)
{
	pid_t manager, run;

	instance_run(&in, "");
	manager = instance_part(&in, "reeve-manager");
	ck_assert_int_eq(kill(in.pid, SIGSTOP), 0);
	run = BEGIN("run", "run", "--", PUPPET("a"), "say", "here", "wait");
	job_reaches("1", "running");
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	ck_assert_int_eq(kill(in.pid, SIGCONT), 0);
	instance_part_after(&in, "reeve-manager", manager);
	instance_hear(&in, "a", "ready");
	instance_hear(&in, "a", "here");
	ck_assert(!instance_heard(&in, "a", "here"));
	instance_order(&in, "a", "exit 2");
	ck_assert_int_eq(jobs_finish(run), 2);
	ck_assert(!instance_heard(&in, "a", "here"));
}
END_TEST

START_TEST(a_shutdown_stops_jobs_before_programs_and_drops_the_queue)
{
	pid_t first, second;

	instance_run(&in, "[program:p]\ncommand=puppet note 15 on 10 0 wait\nstartsecs=0\n"
			  "stopwaitsecs=600\n[pool:one]\nslots=1\n");
	instance_hear(&in, "p", "ready");
	first = BEGIN("first", "run", "--pool", "one", "--", PUPPET("a"), "note", "15", "wait");
	instance_hear(&in, "a", "ready");
	second = BEGIN("second", "run", "--json", "--pool", "one", "--", PUPPET("b"), "wait");
	job_reaches("2", "waiting");
	instance_signal(&in, SIGTERM);
	instance_hear(&in, "a", "15");
	ck_assert(!instance_heard(&in, "p", "15"));
	instance_file_has(&in, "second", "the daemon stops everything");
	ck_assert_int_ne(jobs_finish(second), 0);
	instance_order(&in, "a", "exit 9");
	ck_assert_int_eq(jobs_finish(first), 9);
	instance_hear(&in, "p", "15");
	instance_order(&in, "p", "exit 0");
	ck_assert_int_eq(instance_ended(&in), 0);
	instance_nothing_left(&in);
	ck_assert(!instance_heard(&in, "b", "ready"));
}
END_TEST

START_TEST(a_reload_keeps_results)
{
	instance_run(&in, "[program:p]\ncommand=puppet on 15 0 wait\nstartsecs=0\n");
	instance_hear(&in, "p", "ready");
	QUIETLY(0, "run", "--detach", "--", "sh", "-c", "echo said; exit 4");
	QUIETLY(4, "wait", "1");
	QUIETLY(0, "reload");
	instance_hear(&in, "p", "ready");
	EXPECT_CTL(&in, 0, "4\n", "poll", "1");
	EXPECT_CTL(&in, 0, "said\n", "output", "1");
	EXPECT_CTL(&in, 0, "again\n", "run", "--", "echo", "again");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("jobs and crashes");
	TCase *tc = harness_case(s, "crashes");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, jobs_setup, jobs_teardown);
	tcase_add_test(tc, each_job_of_a_map_runs_once_whoever_dies);
	tcase_add_test(tc, who_waits_for_a_job_does_not_notice);
	tcase_add_test(tc, an_end_that_nobody_saw_is_told_as_it_was);
	tcase_add_test(tc, results_and_what_waits_are_there_after_two_managers);
	tcase_add_test(tc, what_a_job_that_waits_was_given_is_kept_for_it);
	tcase_add_test(tc, a_job_whose_caller_is_killed_is_stopped);
	tcase_add_test(tc, a_caller_that_dies_with_the_manager_does_not_leave_its_jobs);
	tcase_add_test(tc, the_keeper_does_not_start_twice_what_was_on_its_way);
	tcase_add_test(tc, a_shutdown_stops_jobs_before_programs_and_drops_the_queue);
	tcase_add_test(tc, a_reload_keeps_results);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
