/* SPDX-License-Identifier: MIT */
/* test_command.c - one command, supervised without a file. */
#include <string.h>
#include <unistd.h>

#include "tests/integration/instance.h"

static struct instance in;
static struct outcome o;

static void setup(void)
{
	instance_init(&in);
}

static void teardown(void)
{
	outcome_done(&o);
	instance_done(&in);
}

/* Run reeved with these arguments to its end: @status. */
#define REEVED(want, ...)                                                                      \
	do {                                                                                   \
		instance_reeved(&in, &o, (const char *const[]){ __VA_ARGS__, NULL });          \
		ck_assert_msg(o.status == (want), "status %d: %s", o.status, buf_str(&o.err)); \
		instance_nothing_left(&in);                                                    \
	} while (0)

START_TEST(its_outputs_and_its_status_are_those_of_reeved)
{
	REEVED(5, "--", "sh", "-c", "echo out; echo err >&2; exit 5");
	ck_assert_str_eq(buf_str(&o.out), "out\n");
	ck_assert_str_eq(buf_str(&o.err), "err\n");
}
END_TEST

START_TEST(the_signal_that_killed_it_is_in_the_status)
{
	REEVED(128 + 9, "--", "puppet", "raise", "9");
}
END_TEST

START_TEST(all_that_it_prints_comes_out)
{
	static const char end[] = "\n99999\n100000\n";

	REEVED(0, "--", "seq", "100000");
	ck_assert_uint_eq(o.out.len, 588895);
	ck_assert_str_eq(buf_str(&o.out) + o.out.len - strlen(end), end);
}
END_TEST

START_TEST(its_words_are_what_they_were)
{
	REEVED(0, "--", "printf", "<%s>", "", "a  b ;c", "# d", "%(here)s %%", "it's \"\\",
	       "\n e \n\n\tf ", "\rg\r", "[h]");
	ck_assert_str_eq(buf_str(&o.out),
			 "<><a  b ;c><# d><%(here)s %%><it's \"\\><\n e \n\n\tf ><\rg\r><[h]>");
}
END_TEST

START_TEST(any_name_of_a_file_will_do)
{
	REEVED(0, "--check", "--", "/a b/c:d]%(e)s");
	ck_assert_ptr_nonnull(strstr(buf_str(&o.out), "[program:c_d___e_s]\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&o.out), "command='/a b/c:d]%%(e)s'\n"));
}
END_TEST

/* What cannot be executed, and what a shell would end with. */
static const struct failure {
	const char *word, *says;
	int status;
} failures[] = { { "there-is-no-such-program", "can't find command", 127 },
		 { "/etc/passwd", "command at '/etc/passwd' is not executable", 126 } };

START_TEST(what_cannot_be_executed_is_said)
{
	REEVED(failures[_i].status, "--", failures[_i].word);
	ck_assert_msg(strstr(buf_str(&o.err), failures[_i].says), "%s", buf_str(&o.err));
	ck_assert_str_eq(buf_str(&o.out), "");
}
END_TEST

START_TEST(it_reads_nothing_or_what_it_is_given)
{
	REEVED(0, "--", "cat");
	ck_assert_str_eq(buf_str(&o.out), "");
	outcome_done(&o);
	instance_write(&in, "text", "hello\n");
	REEVED(0, "--stdin=file:text", "--", "cat");
	ck_assert_str_eq(buf_str(&o.out), "hello\n");
}
END_TEST

START_TEST(a_signal_to_reeved_is_a_stop)
{
	REEVED(0, "--", "sh", "-c",
	       "trap 'echo told; exit 9' TERM; kill $PPID; puppet wait & wait");
	ck_assert_str_eq(buf_str(&o.out), "told\n");
}
END_TEST

START_TEST(who_does_not_listen_is_killed_when_its_time_is_over)
{
	REEVED(0, "--grace=1", "-e", "warn", "--", "sh", "-c",
	       "trap '' TERM; kill $PPID; exec puppet wait");
	ck_assert_ptr_nonnull(strstr(buf_str(&o.err), "killing 'sh'"));
}
END_TEST

START_TEST(what_it_leaves_behind_ends_with_it)
{
	REEVED(3, "--", "puppet", "escape", "here", "exit", "3");
}
END_TEST

START_TEST(it_can_be_started_again_until_it_has_done_its_work)
{
	REEVED(0, "--restart=unexpected", "--", "sh", "-c",
	       "echo again; test -e was && exit 0; : >was; exit 3");
	ck_assert_str_eq(buf_str(&o.out), "again\nagain\n");
}
END_TEST

START_TEST(a_hangup_starts_it_anew)
{
	REEVED(6, "--", "sh", "-c",
	       "test -e was && exit 6; : >was; kill -HUP $PPID; exec puppet on 15 0 wait");
}
END_TEST

#define KILL_MANAGER                                                                           \
	"for p in $(cat /proc/$PPID/task/$PPID/children); do"                                  \
	" read name </proc/$p/comm; test $name = reeve-manager && kill -KILL $p; done; "

START_TEST(it_does_not_notice_that_a_manager_is_killed)
{
	REEVED(4, "-e", "warn", "--", "sh", "-c", KILL_MANAGER "echo after; exit 4");
	ck_assert_str_eq(buf_str(&o.out), "after\n");
	ck_assert_ptr_nonnull(strstr(buf_str(&o.err), "goes on with 1 processes"));
}
END_TEST

START_TEST(what_makes_no_sense_is_refused)
{
	REEVED(2, "--");
	ck_assert_ptr_nonnull(strstr(buf_str(&o.err), "there is no command after --"));
	outcome_done(&o);
	REEVED(2, "--grace=soon", "--", "true");
	ck_assert_ptr_nonnull(strstr(buf_str(&o.err), "stopwaitsecs"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("command");
	TCase *tc = harness_case(s, "command");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, its_outputs_and_its_status_are_those_of_reeved);
	tcase_add_test(tc, the_signal_that_killed_it_is_in_the_status);
	tcase_add_test(tc, all_that_it_prints_comes_out);
	tcase_add_test(tc, its_words_are_what_they_were);
	tcase_add_test(tc, any_name_of_a_file_will_do);
	tcase_add_loop_test(tc, what_cannot_be_executed_is_said, 0, ARRAY_SIZE(failures));
	tcase_add_test(tc, it_reads_nothing_or_what_it_is_given);
	tcase_add_test(tc, a_signal_to_reeved_is_a_stop);
	tcase_add_test(tc, who_does_not_listen_is_killed_when_its_time_is_over);
	tcase_add_test(tc, what_it_leaves_behind_ends_with_it);
	tcase_add_test(tc, it_can_be_started_again_until_it_has_done_its_work);
	tcase_add_test(tc, a_hangup_starts_it_anew);
	tcase_add_test(tc, it_does_not_notice_that_a_manager_is_killed);
	tcase_add_test(tc, what_makes_no_sense_is_refused);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
