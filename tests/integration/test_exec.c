/* SPDX-License-Identifier: MIT */
/* test_exec.c - what a program finds when it starts, and what is said when it cannot. */
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>

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

/* A program that cannot become itself ends in FATAL, and everybody is told the same reason. */
static void expect_fatal(const char *because, const char *fault, int status)
{
	char out[200];

	instance_reaches(&in, "a", "FATAL");
	instance_expect_text(&in, "a", "description", because);
	instance_expect_text(&in, "a", "spawnerr", because);
	instance_logged(&in, because);
	snprintf(out, sizeof out, "a: ERROR (%s)\n", fault);
	EXPECT_CTL(&in, status, out, "start", "a");
}

START_TEST(a_command_that_is_nowhere_is_not_found)
{
	instance_run(&in, "[program:a]\ncommand=no-such-program -x\nstartretries=0\n");
	expect_fatal("can't find command 'no-such-program'", "no such file", 1);
}
END_TEST

START_TEST(a_path_that_is_not_there_is_not_found)
{
	instance_run(&in, "[program:a]\ncommand=/no/such/program\nstartretries=0\n");
	expect_fatal("can't find command '/no/such/program'", "no such file", 1);
}
END_TEST

START_TEST(a_directory_is_no_command)
{
	instance_run(&in, "[program:a]\ncommand=/usr\nstartretries=0\n");
	expect_fatal("command at '/usr' is a directory", "file is not executable", 1);
}
END_TEST

START_TEST(a_file_that_may_not_be_executed_is_no_command)
{
	char text[400], because[400];

	instance_write(&in, "plain", "nothing to see here\n");
	snprintf(text, sizeof text, "[program:a]\ncommand=%s/plain\nstartretries=0\n", in.dir);
	snprintf(because, sizeof because, "command at '%s/plain' is not executable", in.dir);
	instance_run(&in, text);
	expect_fatal(because, "file is not executable", 1);
}
END_TEST

START_TEST(a_quote_that_is_never_closed_is_a_mistake_of_the_command)
{
	instance_run(&in, "[program:a]\ncommand=puppet 'wait\nstartretries=0\n");
	expect_fatal("can't parse command \"puppet 'wait\": No closing quotation",
		     "file is not executable", 1);
}
END_TEST

START_TEST(a_directory_that_is_not_there_is_named)
{
	instance_run(&in, "[program:a]\ncommand=puppet wait\ndirectory=/no/such/place\n"
			  "startretries=0\n");
	expect_fatal("couldn't chdir to /no/such/place: ENOENT", "spawn error", 7);
}
END_TEST

START_TEST(a_program_appears_later_and_is_found)
{
	char text[400], path[300];

	snprintf(path, sizeof path, "%s/late", in.dir);
	snprintf(text, sizeof text, "[program:a]\ncommand=%s\nstartretries=0\nstartsecs=0\n",
		 path);
	instance_run(&in, text);
	instance_reaches(&in, "a", "FATAL");
	instance_write(&in, "late", "#!/bin/sh\nexec puppet wait\n");
	ck_assert_int_eq(chmod(path, 0755), 0);
	EXPECT_CTL(&in, 0, "a: started\n", "start", "a");
	instance_hear(&in, "a", "ready");
}
END_TEST

/* The world of a program of @keys, as its puppet dumped it. */
static void run_dumper(const char *keys)
{
	char text[1000];

	snprintf(text, sizeof text,
		 "[program:a]\ncommand=puppet dump %%(here)s/a.world wait\nstartsecs=0\n%s",
		 keys);
	instance_run(&in, text);
	instance_hear(&in, "a", "dumped");
}

static void expect_world(const char *key, const char *value)
{
	char *is = instance_world(&in, "a", key);

	ck_assert_pstr_eq(is, value);
	free(is);
}

START_TEST(it_leads_a_process_group_of_its_own)
{
	char pid[16];

	run_dumper("");
	snprintf(pid, sizeof pid, "%d", (int)instance_hear(&in, "a", "ready"));
	expect_world("pid", pid);
	expect_world("pgid", pid);
}
END_TEST

START_TEST(it_has_three_descriptors_and_no_more)
{
	char *out, *err;

	run_dumper("");
	out = instance_world(&in, "a", "fd1");
	err = instance_world(&in, "a", "fd2");
	ck_assert_int_eq(strncmp(out, "pipe:", 5), 0);
	ck_assert_int_eq(strncmp(err, "pipe:", 5), 0);
	ck_assert_str_ne(out, err);
	free(out);
	free(err);
	for (int fd = 3; fd < 64; fd++) {
		char key[16];

		snprintf(key, sizeof key, "fd%d", fd);
		expect_world(key, NULL);
	}
}
END_TEST

START_TEST(there_is_nothing_on_standard_input)
{
	run_dumper("");
	expect_world("fd0", "/dev/null");
}
END_TEST

START_TEST(redirect_stderr_makes_both_streams_one)
{
	char *out, *err;

	run_dumper("redirect_stderr=true\n");
	out = instance_world(&in, "a", "fd1");
	err = instance_world(&in, "a", "fd2");
	ck_assert_str_eq(out, err);
	free(out);
	free(err);
}
END_TEST

START_TEST(no_signal_is_blocked_or_ignored)
{
	run_dumper("");
	expect_world("sigign", "0000000000000000");
	expect_world("sigblk", "0000000000000000");
}
END_TEST

START_TEST(umask_and_directory_are_as_asked)
{
	run_dumper("umask=027\ndirectory=/usr\n");
	expect_world("umask", "027");
	expect_world("cwd", "/usr");
}
END_TEST

static void expect_env(const char *name, const char *value)
{
	char line[300];

	snprintf(line, sizeof line, "\nenv %s=%s\n", name, value);
	instance_file_has(&in, "a.world", line);
}

START_TEST(the_environment_says_who_it_is)
{
	run_dumper("environment=COLOUR=\"red\",LIST=\"a,b c\"\n");
	expect_env("SUPERVISOR_ENABLED", "1");
	expect_env("SUPERVISOR_PROCESS_NAME", "a");
	expect_env("SUPERVISOR_GROUP_NAME", "a");
	expect_env("COLOUR", "red");
	expect_env("LIST", "a,b c");
}
END_TEST

START_TEST(the_programs_environment_beats_the_daemons)
{
	run_dumper("environment=HOME=\"/elsewhere\"\n");
	expect_env("HOME", "/elsewhere");
}
END_TEST

START_TEST(its_limit_of_descriptors_is_the_one_the_daemon_was_given)
{
	struct rlimit limit;
	char text[64];

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 1500;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	run_dumper("");
	snprintf(text, sizeof text, "1500 %llu", (unsigned long long)limit.rlim_max);
	expect_world("nofile", text);
}
END_TEST

START_TEST(a_user_is_taken_with_group_and_other_groups)
{
	const struct passwd *nobody;
	char ids[100];

	SKIP_UNLESS_ROOT();
	nobody = getpwnam("nobody");
	ck_assert_ptr_nonnull(nobody);
	/* Not a puppet: it may be where nobody else may look. */
	instance_run(&in,
		     "[program:a]\nuser=nobody\nstartsecs=0\nautorestart=false\n"
		     "command=sh -c 'echo $(id -ru) $(id -u) $(id -rg) $(id -g) $(id -G)'\n"
		     "stdout_logfile=%(here)s/a.log\n");
	snprintf(ids, sizeof ids, "%u %u %u %u %u\n", nobody->pw_uid, nobody->pw_uid,
		 nobody->pw_gid, nobody->pw_gid, nobody->pw_gid);
	instance_file_has(&in, "a.log", ids);
}
END_TEST

START_TEST(a_program_that_the_user_may_not_run_is_refused)
{
	char text[400], path[300];

	SKIP_UNLESS_ROOT();
	snprintf(path, sizeof path, "%s/private", in.dir);
	instance_write(&in, "private", "#!/bin/sh\nexit 0\n");
	ck_assert_int_eq(chmod(path, 0700), 0);
	snprintf(text, sizeof text,
		 "[program:a]\ncommand=%s\nuser=nobody\nstartretries=0\nstartsecs=0\n", path);
	instance_run(&in, text);
	instance_reaches(&in, "a", "FATAL");
	instance_logged(&in, path);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("exec");
	TCase *tc = harness_case(s, "exec");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_command_that_is_nowhere_is_not_found);
	tcase_add_test(tc, a_path_that_is_not_there_is_not_found);
	tcase_add_test(tc, a_directory_is_no_command);
	tcase_add_test(tc, a_file_that_may_not_be_executed_is_no_command);
	tcase_add_test(tc, a_quote_that_is_never_closed_is_a_mistake_of_the_command);
	tcase_add_test(tc, a_directory_that_is_not_there_is_named);
	tcase_add_test(tc, a_program_appears_later_and_is_found);
	tcase_add_test(tc, it_leads_a_process_group_of_its_own);
	tcase_add_test(tc, it_has_three_descriptors_and_no_more);
	tcase_add_test(tc, there_is_nothing_on_standard_input);
	tcase_add_test(tc, redirect_stderr_makes_both_streams_one);
	tcase_add_test(tc, no_signal_is_blocked_or_ignored);
	tcase_add_test(tc, umask_and_directory_are_as_asked);
	tcase_add_test(tc, the_environment_says_who_it_is);
	tcase_add_test(tc, the_programs_environment_beats_the_daemons);
	tcase_add_test(tc, its_limit_of_descriptors_is_the_one_the_daemon_was_given);
	tcase_add_test(tc, a_user_is_taken_with_group_and_other_groups);
	tcase_add_test(tc, a_program_that_the_user_may_not_run_is_refused);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
