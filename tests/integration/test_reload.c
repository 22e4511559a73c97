/* SPDX-License-Identifier: MIT */
/* test_reload.c - the file changes, and what runs follows: no more of it than must. */
#include <signal.h>

#include "tests/integration/instance.h"

static struct instance in;

static void setup(void)
{
	instance_init(&in);
}

static void teardown(void)
{
	instance_done(&in);
}

#define A "[program:a]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
#define B "[program:b]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"

START_TEST(nothing_changed_nothing_happens)
{
	instance_run(&in, A);
	instance_hear(&in, "a", "ready");
	EXPECT_CTL(&in, 0, "No config updates to processes\n", "reread");
	EXPECT_CTL(&in, 0, "", "update");
	ck_assert(!instance_heard(&in, "a", "15"));
}
END_TEST

START_TEST(a_new_program_is_added_and_started)
{
	instance_run(&in, A);
	instance_hear(&in, "a", "ready");
	instance_configure(&in, A B);
	EXPECT_CTL(&in, 0, "b: available\n", "reread");
	EXPECT_CTL(&in, 0, "b: added process group\n", "update");
	instance_hear(&in, "b", "ready");
	ck_assert(!instance_heard(&in, "a", "15"));
}
END_TEST

START_TEST(a_program_that_is_gone_from_the_file_is_stopped_and_removed)
{
	instance_run(&in, A B);
	instance_hear(&in, "a", "ready");
	instance_hear(&in, "b", "ready");
	instance_configure(&in, A);
	EXPECT_CTL(&in, 0, "b: disappeared\n", "reread");
	EXPECT_CTL(&in, 0, "b: stopped\nb: removed process group\n", "update");
	instance_hear(&in, "b", "15");
	EXPECT_CTL(&in, 4, "b: ERROR (no such process)\n", "status", "b");
	ck_assert(!instance_heard(&in, "a", "15"));
}
END_TEST

START_TEST(a_changed_command_takes_a_restart)
{
	instance_run(&in, A B);
	instance_hear(&in, "a", "ready");
	instance_hear(&in, "b", "ready");
	instance_configure(&in,
			   A "[program:b]\ncommand=puppet say changed wait\nstartsecs=0\n");
	EXPECT_CTL(&in, 0, "b: changed\n", "reread");
	EXPECT_CTL(&in, 0, "b: stopped\nb: updated process group\n", "update");
	instance_hear(&in, "b", "changed");
	ck_assert(!instance_heard(&in, "a", "15"));
}
END_TEST

START_TEST(a_change_of_policy_needs_no_restart)
{
	struct outcome o;
	pid_t pid;

	instance_run(&in, A);
	pid = instance_hear(&in, "a", "ready");
	instance_configure(&in, A "autorestart=false\nstartretries=7\nstopwaitsecs=3\n");
	EXPECT_CTL(&in, 0, "a: changed\n", "reread");
	CTL(&in, &o, "update");
	ck_assert_int_eq(o.status, 0);
	ck_assert_ptr_null(strstr(buf_str(&o.out), "a: stopped"));
	outcome_done(&o);
	ck_assert_int_eq(instance_number(&in, "a", "pid"), pid);
	EXPECT_CTL(&in, 0, "No config updates to processes\n", "reread");
	instance_order(&in, "a", "exit 3");
	instance_reaches(&in, "a", "EXITED");
	ck_assert(!instance_heard(&in, "a", "ready"));
}
END_TEST

START_TEST(another_log_needs_no_restart)
{
	struct outcome o;
	pid_t pid;

	instance_run(&in, A "stdout_logfile=%(here)s/old.log\n");
	pid = instance_hear(&in, "a", "ready");
	instance_order(&in, "a", "out before");
	instance_file_has(&in, "old.log", "before\n");
	instance_configure(&in, A "stdout_logfile=%(here)s/new.log, %(here)s/more.log\n"
				  "stdout_format=prefix\n");
	CTL(&in, &o, "update");
	ck_assert_int_eq(o.status, 0);
	outcome_done(&o);
	CTL(&in, &o, "tail", "a"); /* the logger hears of one after the other */
	outcome_done(&o);
	instance_order(&in, "a", "out after");
	instance_file_has(&in, "new.log", "a | after\n");
	instance_file_has(&in, "more.log", "a | after\n");
	ck_assert_int_eq(instance_number(&in, "a", "pid"), pid);
	EXPECT_CTL(&in, 0, "No config updates to processes\n", "reread");
}
END_TEST

START_TEST(one_mistake_in_the_file_changes_nothing)
{
	struct outcome o;

	instance_run(&in, A);
	instance_hear(&in, "a", "ready");
	instance_configure(&in, B "[program:c]\ncommand=puppet wait\nstartsecs=soon\n");
	CTL(&in, &o, "reread");
	ck_assert_int_eq(o.status, 1);
	ck_assert_ptr_nonnull(strstr(buf_str(&o.out), "ERROR: CANT_REREAD: "));
	ck_assert_ptr_nonnull(strstr(buf_str(&o.out), "startsecs"));
	outcome_done(&o);
	CTL(&in, &o, "update");
	ck_assert_int_eq(o.status, 1);
	outcome_done(&o);
	instance_reaches(&in, "a", "RUNNING");
	EXPECT_CTL(&in, 4, "b: ERROR (no such process)\n", "status", "b");
	ck_assert(!instance_heard(&in, "a", "15"));
}
END_TEST

START_TEST(update_of_one_group_leaves_the_others)
{
	instance_run(&in, A);
	instance_hear(&in, "a", "ready");
	instance_configure(&in, A B "[program:c]\ncommand=puppet wait\nstartsecs=0\n");
	EXPECT_CTL(&in, 0, "c: added process group\n", "update", "c");
	instance_hear(&in, "c", "ready");
	EXPECT_CTL(&in, 4, "b: ERROR (no such process)\n", "status", "b");
	EXPECT_CTL(&in, 1, "ERROR: no such group: nosuch\n", "update", "nosuch");
}
END_TEST

START_TEST(add_and_remove_take_groups_by_name)
{
	instance_run(&in, A);
	instance_hear(&in, "a", "ready");
	instance_configure(&in, A B);
	EXPECT_CTL(&in, 0, "b: available\n", "reread");
	EXPECT_CTL(&in, 0, "b: added process group\n", "add", "b");
	instance_hear(&in, "b", "ready");
	EXPECT_CTL(&in, 0, "ERROR: process group already active\n", "add", "b");
	EXPECT_CTL(&in, 1, "ERROR: process/group still running: b\n", "remove", "b");
	EXPECT_CTL(&in, 0, "b: stopped\n", "stop", "b");
	EXPECT_CTL(&in, 0, "b: removed process group\n", "remove", "b");
	EXPECT_CTL(&in, 1, "ERROR: no such process/group: b\n", "remove", "b");
}
END_TEST

START_TEST(one_more_process_of_a_program_leaves_the_others_alone)
{
	pid_t first;

	instance_run(&in, "[program:w]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
			  "process_name=w%(process_num)d\nnumprocs=1\n");
	first = instance_hear(&in, "w0", "ready");
	instance_configure(&in, "[program:w]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
				"process_name=w%(process_num)d\nnumprocs=2\n");
	EXPECT_CTL(&in, 0, "w: changed\n", "reread");
	EXPECT_CTL(&in, 0, "w: updated process group\n", "update");
	instance_hear(&in, "w1", "ready");
	ck_assert_int_eq(instance_number(&in, "w0", "pid"), first);
}
END_TEST

START_TEST(reload_starts_everything_anew_in_the_same_process)
{
	pid_t keeper, first;

	instance_run(&in, A);
	first = instance_hear(&in, "a", "ready");
	keeper = in.pid;
	instance_configure(&in, A B);
	EXPECT_CTL(&in, 0, "Restarted supervisord\n", "reload");
	instance_hear(&in, "a", "15");
	ck_assert_int_ne(instance_hear(&in, "a", "ready"), first);
	instance_hear(&in, "b", "ready");
	ck_assert_int_eq(in.pid, keeper);
	ck_assert(pid_alive(keeper));
}
END_TEST

START_TEST(hup_is_a_reload)
{
	instance_run(&in, A);
	instance_hear(&in, "a", "ready");
	instance_configure(&in, B);
	instance_signal(&in, SIGHUP);
	instance_hear(&in, "a", "15");
	instance_hear(&in, "b", "ready");
	EXPECT_CTL(&in, 4, "a: ERROR (no such process)\n", "status", "a");
}
END_TEST

START_TEST(a_reload_of_a_bad_file_is_refused_and_all_runs_on)
{
	struct outcome o;

	instance_run(&in, A);
	instance_hear(&in, "a", "ready");
	instance_configure(&in, "[program:a]\nno delimiter here\n");
	CTL(&in, &o, "reload");
	ck_assert_int_ne(o.status, 0);
	outcome_done(&o);
	instance_reaches(&in, "a", "RUNNING");
	ck_assert(!instance_heard(&in, "a", "15"));
}
END_TEST

START_TEST(so_is_a_hup)
{
	instance_run(&in, A);
	instance_hear(&in, "a", "ready");
	instance_configure(&in, "[program:a]\ncommand=puppet wait\nstartsecs=soon\n");
	instance_signal(&in, SIGHUP);
	instance_logged(&in, "received SIGHUP");
	instance_logged(&in, "startsecs"); /* why it is refused */
	instance_reaches(&in, "a", "RUNNING");
	ck_assert(!instance_heard(&in, "a", "15"));
}
END_TEST

START_TEST(avail_shows_what_the_file_defines)
{
	struct outcome o;

	instance_run(&in, A "[program:m]\ncommand=puppet wait\nautostart=false\npriority=5\n");
	instance_configure(&in, A
			   "[program:m]\ncommand=puppet wait\nautostart=false\npriority=5\n" B);
	CTL(&in, &o, "reread");
	outcome_done(&o);
	CTL(&in, &o, "avail");
	ck_assert_int_eq(o.status, 0);
	ck_assert_str_eq(buf_str(&o.out),
			 "a                                in use    auto      999:999\n"
			 "b                                avail     auto      999:999\n"
			 "m                                in use    manual    5:5\n");
	outcome_done(&o);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("reload");
	TCase *tc = harness_case(s, "reload");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, nothing_changed_nothing_happens);
	tcase_add_test(tc, a_new_program_is_added_and_started);
	tcase_add_test(tc, a_program_that_is_gone_from_the_file_is_stopped_and_removed);
	tcase_add_test(tc, a_changed_command_takes_a_restart);
	tcase_add_test(tc, a_change_of_policy_needs_no_restart);
	tcase_add_test(tc, another_log_needs_no_restart);
	tcase_add_test(tc, one_mistake_in_the_file_changes_nothing);
	tcase_add_test(tc, update_of_one_group_leaves_the_others);
	tcase_add_test(tc, add_and_remove_take_groups_by_name);
	tcase_add_test(tc, one_more_process_of_a_program_leaves_the_others_alone);
	tcase_add_test(tc, reload_starts_everything_anew_in_the_same_process);
	tcase_add_test(tc, hup_is_a_reload);
	tcase_add_test(tc, a_reload_of_a_bad_file_is_refused_and_all_runs_on);
	tcase_add_test(tc, so_is_a_hup);
	tcase_add_test(tc, avail_shows_what_the_file_defines);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
