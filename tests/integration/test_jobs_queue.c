/* SPDX-License-Identifier: MIT */
/* test_jobs_queue.c - pools, who comes after whom, and who goes first. */
#include <sys/resource.h>

#include "tests/integration/jobs.h"
#include "tests/integration/wire_client.h"

START_TEST(a_pool_lets_so_many_run_and_the_others_wait)
{
	instance_run(&in, "[pool:two]\nslots=2\n");
	QUIETLY(0, "run", "-d", "--pool", "two", "--", PUPPET("a"), "wait");
	QUIETLY(0, "run", "-d", "--pool", "two", "--", PUPPET("b"), "wait");
	instance_hear(&in, "a", "ready");
	instance_hear(&in, "b", "ready");
	QUIETLY(0, "run", "-d", "--pool", "two", "--", PUPPET("c"), "wait");
	job_reaches("3", "waiting");
	/* Who needs no slot waits for none. */
	QUIETLY(0, "run", "--", "true");
	ck_assert(!instance_heard(&in, "c", "ready"));
	instance_order(&in, "b", "exit 0");
	instance_hear(&in, "c", "ready");
	instance_order(&in, "a", "exit 0");
	instance_order(&in, "c", "exit 0");
	QUIETLY(0, "wait", "1", "2", "3");
}
END_TEST

START_TEST(the_highest_priority_goes_first_then_who_came_first)
{
	instance_run(&in, "[pool:one]\nslots=1\n");
	QUIETLY(0, "run", "-d", "--pool", "one", "--", PUPPET("a"), "wait");
	instance_hear(&in, "a", "ready");
	QUIETLY(0, "run", "-d", "--pool", "one", "--", PUPPET("b"), "wait");
	QUIETLY(0, "run", "-d", "--pool", "one", "--", PUPPET("c"), "wait");
	QUIETLY(0, "run", "-d", "--priority", "5", "--pool", "one", "--", PUPPET("d"), "wait");
	instance_order(&in, "a", "exit 0");
	instance_hear(&in, "d", "ready");
	ck_assert(!instance_heard(&in, "b", "ready"));
	instance_order(&in, "d", "exit 0");
	instance_hear(&in, "b", "ready");
	ck_assert(!instance_heard(&in, "c", "ready"));
	instance_order(&in, "b", "exit 0");
	instance_hear(&in, "c", "ready");
	instance_order(&in, "c", "exit 0");
	QUIETLY(0, "wait", "3");
}
END_TEST

START_TEST(a_job_comes_after_the_success_of_others)
{
	instance_run(&in, "");
	QUIETLY(0, "run", "-d", "--", PUPPET("a"), "wait");
	QUIETLY(0, "run", "-d", "--", PUPPET("b"), "wait");
	QUIETLY(0, "run", "-d", "--after", "1,2", "--", PUPPET("c"), "wait");
	instance_hear(&in, "a", "ready");
	instance_hear(&in, "b", "ready");
	instance_order(&in, "a", "exit 0");
	QUIETLY(0, "wait", "1");
	ck_assert(!instance_heard(&in, "c", "ready"));
	kill_manager();
	instance_order(&in, "b", "exit 0");
	instance_hear(&in, "c", "ready");
	instance_order(&in, "c", "exit 4");
	QUIETLY(4, "wait", "3");
	/* What is known to have failed. */
	QUIETLY(0, "run", "-d", "--after", "3", "--", "true");
	job_reaches("4", "skipped");
	QUIETLY(0, "run", "-d", "--after", "1", "--", "true");
	QUIETLY(0, "wait", "5");
}
END_TEST

static void expect_why(const char *id, const char *text)
{
	_cleanup_(outcome_done) struct outcome o;

	CTL(&in, &o, "why", id);
	ck_assert_int_eq(o.status, 0);
	ck_assert_msg(strstr(buf_str(&o.out), text), "no \"%s\" in:\n%s", text,
		      buf_str(&o.out));
}

START_TEST(what_comes_after_a_failure_is_skipped_and_so_on)
{
	instance_run(&in, "");
	QUIETLY(0, "run", "-d", "--", PUPPET("a"), "wait");
	QUIETLY(0, "run", "-d", "--after", "1", "--", "true");
	QUIETLY(0, "run", "-d", "--after", "2", "--", "true");
	instance_hear(&in, "a", "ready");
	expect_why("2", "it comes after job 1, which has not ended");
	instance_order(&in, "a", "exit 1");
	job_reaches("3", "skipped");
	expect_why("2", "job 1, which it comes after, has failed");
	expect_why("3", "job 2, which it comes after, has failed");
}
END_TEST

START_TEST(why_tells_what_a_job_waits_for)
{
	instance_run(&in, "[pool:one]\nslots=1\n");
	QUIETLY(0, "run", "-d", "--pool", "one", "--", PUPPET("a"), "wait");
	QUIETLY(0, "run", "-d", "--pool", "one", "--", "true");
	instance_hear(&in, "a", "ready");
	expect_why("1", "env: running, pid ");
	expect_why("2", "its pool one lets 1 run at once: 1 run, 1 wait");
	instance_order(&in, "a", "raise 9");
	QUIETLY(0, "wait", "2");
	expect_why("1", "terminated by SIGKILL");
}
END_TEST

START_TEST(who_follows_a_job_that_waits_sees_all_of_it)
{
	pid_t follower, other;

	instance_run(&in, "[pool:one]\nslots=1\n");
	QUIETLY(0, "run", "-d", "--pool", "one", "--", PUPPET("a"), "wait");
	instance_hear(&in, "a", "ready");
	QUIETLY(0, "run", "-d", "--pool", "one", "--", PUPPET("b"), "out", "said", "wait");
	QUIETLY(0, "run", "-d", "--after", "2", "--", "echo", "never");
	follower = BEGIN("followed", "output", "-f", "2");
	other = BEGIN("nothing", "output", "-f", "3");
	instance_order(&in, "a", "exit 0");
	instance_hear(&in, "b", "ready");
	instance_order(&in, "b", "out last");
	instance_order(&in, "b", "exit 1");
	ck_assert_int_eq(jobs_finish(follower), 0);
	(void)jobs_finish(other); /* it ends */
	instance_file_has(&in, "followed", "said\nlast\n");
}
END_TEST

enum { FEW_FDS = 320, ROOM = 21, MORE = 25 };

/* Three descriptors for each process, and 256 for the daemon itself. */
static void run_with_few_descriptors(const char *programs)
{
	const struct rlimit few = { FEW_FDS, FEW_FDS };
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	ck_assert_int_eq(buf_printf(&text,
				    "[supervisord]\nlogfile=%%(here)s/reeved.log\n"
				    "pidfile=%%(here)s/reeved.pid\nchildlogdir=%%(here)s\n"
				    "minfds=%d\n[reeve]\nsocket=%%(here)s/reeve.sock\n%s",
				    FEW_FDS, programs),
			 0);
	instance_write(&in, "reeve.conf", buf_str(&text));
	instance_start(&in);
}

START_TEST(who_finds_no_room_for_its_descriptors_waits_for_it)
{
	char name[48], id[16];

	run_with_few_descriptors("");
	for (int i = 1; i <= MORE; i++) {
		snprintf(name, sizeof name, "SUPERVISOR_PROCESS_NAME=j%d", i);
		QUIETLY(0, "run", "-d", "--", "env", name, "puppet", "wait");
	}
	for (int i = 1; i <= ROOM; i++) {
		snprintf(name, sizeof name, "j%d", i);
		instance_hear(&in, name, "ready");
	}
	snprintf(id, sizeof id, "%d", ROOM + 1);
	job_reaches(id, "waiting");
	for (int i = 1; i <= MORE; i++) {
		snprintf(name, sizeof name, "j%d", i);
		if (i > ROOM)
			instance_hear(&in, name, "ready");
		instance_order(&in, name, "exit 0");
	}
	snprintf(id, sizeof id, "%d", MORE);
	QUIETLY(0, "wait", id);
}
END_TEST

START_TEST(there_is_an_end_to_what_is_held_for_who_waits)
{
	struct client c;
	int refused = 0, fds[3];

	run_with_few_descriptors("[pool:one]\nslots=1\n");
	QUIETLY(0, "run", "-d", "--pool", "one", "--", PUPPET("a"), "wait");
	instance_hear(&in, "a", "ready");
	c = client_of(&in);
	for (int i = 0; i < 3; i++)
		fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int i = 0; i < FEW_FDS / 3 && !refused; i++) {
		json_t *reply;

		client_call(&c, "Run",
			    "{\"job\":{\"stages\":[[\"true\"]],\"pool\":\"one\",\"stdin\":"
			    "\"fd\",\"stdout\":\"fd\",\"stderr\":\"fd\"}}",
			    false, fds, 3);
		reply = client_hear(&c);
		if (json_object_get(reply, "error"))
			refused = i;
		else
			ck_assert_ptr_nonnull(json_object_get(reply, "parameters"));
		json_decref(reply);
	}
	ck_assert_int_eq(refused, FEW_FDS / 2 / 3);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	client_done(&c);
	instance_order(&in, "a", "exit 0");
	QUIETLY(0, "wait", "54"); /* the others have had theirs */
	QUIETLY(0, "run", "--", "true");
}
END_TEST

START_TEST(an_update_changes_pools)
{
	instance_run(&in, "[pool:one]\nslots=1\n");
	QUIETLY(0, "run", "-d", "--pool", "one", "--", PUPPET("a"), "wait");
	QUIETLY(0, "run", "-d", "--pool", "one", "--", PUPPET("b"), "wait");
	instance_hear(&in, "a", "ready");
	ck_assert(!instance_heard(&in, "b", "ready"));
	instance_configure(&in, "[pool:one]\nslots=2\n[pool:new]\nslots=1\n");
	QUIETLY(0, "update");
	instance_hear(&in, "b", "ready");
	QUIETLY(0, "run", "--pool", "new", "--", "true");
	instance_configure(&in, "[pool:new]\nslots=1\n");
	QUIETLY(0, "update");
	QUIETLY(125, "run", "--pool", "one", "--", "true");
	kill_manager();
	QUIETLY(0, "run", "--pool", "new", "--", "true");
	instance_order(&in, "a", "exit 0");
	instance_order(&in, "b", "exit 0");
	QUIETLY(0, "wait", "1", "2");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("jobs in queues");
	TCase *tc = harness_case(s, "queue");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, jobs_setup, jobs_teardown);
	tcase_add_test(tc, a_pool_lets_so_many_run_and_the_others_wait);
	tcase_add_test(tc, the_highest_priority_goes_first_then_who_came_first);
	tcase_add_test(tc, a_job_comes_after_the_success_of_others);
	tcase_add_test(tc, what_comes_after_a_failure_is_skipped_and_so_on);
	tcase_add_test(tc, why_tells_what_a_job_waits_for);
	tcase_add_test(tc, who_follows_a_job_that_waits_sees_all_of_it);
	tcase_add_test(tc, who_finds_no_room_for_its_descriptors_waits_for_it);
	tcase_add_test(tc, there_is_an_end_to_what_is_held_for_who_waits);
	tcase_add_test(tc, an_update_changes_pools);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
