/* SPDX-License-Identifier: MIT */
#include "daemon/manager/describe.h"

#include <errno.h>
#include <signal.h>

#include "daemon/sys/child.h"
#include "tests/unit/harness.h"

/* The specs of the configuration are mutable for their owner only; nothing writes here. */
#define TEXT(s) ((char *)(uintptr_t)(s))

static char command[64];
static char user[] = "nobody", directory[] = "/nope";
static struct process_spec spec;
static struct group_spec group;
static struct unit unit;
static struct proc_policy policy;
static struct proc p;
static struct buf out;

static void setup(void)
{
	spec = (struct process_spec){ .name = TEXT("x"),
				      .command = command,
				      .user = user,
				      .directory = directory,
				      .restart_rate = 5,
				      .runtimeout = 1500 };
	group = (struct group_spec){ .name = TEXT("x") };
	unit = (struct unit){ .group = &group, .spec = &spec };
	policy = (struct proc_policy){ .exitcodes = { 1 << 0 | 1 << 2 } };
	proc_init(&p, 1, &policy, (mono_t){ 0 });
	(void)snprintf(command, sizeof command, "run it");
}

static void teardown(void)
{
	buf_done(&out);
}

static void failed(enum child_stage stage, int error)
{
	p.cause = CAUSE_EXEC;
	p.exec_stage = (int)stage;
	p.exec_error = error;
}

static const char *trouble(void)
{
	buf_clear(&out);
	ck_assert_int_eq(describe_trouble(&unit, &p, &out), 0);
	return buf_str(&out);
}

static const char *state(int64_t now)
{
	buf_clear(&out);
	ck_assert_int_eq(describe_state(&unit, &p, (mono_t){ now }, &out), 0);
	return buf_str(&out);
}

START_TEST(exits_are_worded_as_people_match_them)
{
	static const struct {
		int status;
		const char *text;
	} rows[] = { { 0, "exit status 0" },
		     { 7 << 8, "exit status 7" },
		     { SIGTERM, "terminated by SIGTERM" },
		     { SIGSEGV | 0x80, "terminated by SIGSEGV (core dumped)" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		buf_clear(&out);
		ck_assert_int_eq(describe_exit(rows[i].status, &out), 0);
		ck_assert_str_eq(buf_str(&out), rows[i].text);
	}
}
END_TEST

START_TEST(every_failure_to_execute_has_its_words)
{
	static const struct {
		enum child_stage stage;
		int error;
		const char *text;
	} rows[] = {
		{ CHILD_EXEC, ENOENT, "can't find command 'run'" },
		{ CHILD_EXEC, EISDIR, "command at 'run' is a directory" },
		{ CHILD_EXEC, EACCES, "command at 'run' is not executable" },
		{ CHILD_EXEC, EPERM, "no permission to run command 'run'" },
		{ CHILD_EXEC, ELOOP, "couldn't exec 'run': ELOOP" },
		{ CHILD_CHDIR, ENOENT, "couldn't chdir to /nope: ENOENT" },
		{ CHILD_USER, ESRCH, "couldn't setuid to nobody: Can't find username nobody" },
		{ CHILD_SETUID, EPERM, "couldn't setuid to nobody: EPERM" },
		{ CHILD_LIMITS, EPERM, "couldn't prepare 'x' (limits): EPERM" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		failed(rows[i].stage, rows[i].error);
		ck_assert_str_eq(trouble(), rows[i].text);
	}
}
END_TEST

START_TEST(a_command_that_cannot_be_split_says_why)
{
	failed(0, EINVAL);
	unit.unsplit = true;
	(void)snprintf(command, sizeof command, "sh -c 'a");
	ck_assert_str_eq(trouble(), "can't parse command \"sh -c 'a\": No closing quotation");
	command[0] = '\0';
	ck_assert_str_eq(trouble(), "command is empty");
}
END_TEST

START_TEST(an_exit_is_trouble_only_if_it_was_not_expected)
{
	p.cause = CAUSE_EXITED;
	p.wait_status = 2 << 8;
	ck_assert_str_eq(trouble(), "");
	p.wait_status = 3 << 8;
	ck_assert_str_eq(trouble(), "Bad exit code 3");
	ck_assert_int_eq(describe_exitstatus(&p), 3);
	p.wait_status = SIGKILL;
	ck_assert_str_eq(trouble(), "terminated by SIGKILL");
	ck_assert_int_eq(describe_exitstatus(&p), -1);
	p.cause = CAUSE_TIMEOUT;
	ck_assert_str_eq(trouble(), "ran out of its allowed time (runtimeout=1.5)");
	p.cause = CAUSE_TOO_QUICK;
	ck_assert_str_eq(trouble(), "Exited too quickly (process log may have details)");
	ck_assert_int_eq(describe_exitstatus(&p), 0);
}
END_TEST

START_TEST(no_room_names_what_there_is_no_room_for)
{
	p.cause = CAUSE_NO_FORK;
	p.exec_error = EAGAIN;
	ck_assert_str_eq(trouble(), "Too many processes in process table to spawn 'x'");
	p.exec_error = EMFILE;
	ck_assert_str_eq(trouble(), "too many open files to spawn 'x'");
	p.exec_error = ENOMEM;
	ck_assert_str_eq(trouble(), "unknown error during fork for 'x': ENOMEM");
}
END_TEST

START_TEST(uptime_is_written_as_timedelta_is)
{
	p.state = PROC_READY;
	p.alive = true;
	p.pid = 42;
	p.started = (mono_t){ 0 };
	ck_assert_str_eq(state(9999), "pid 42, uptime 0:00:09");
	ck_assert_str_eq(state(3661000), "pid 42, uptime 1:01:01");
	ck_assert_str_eq(state(INT64_C(86400000) + 7384000), "pid 42, uptime 1 day, 2:03:04");
	ck_assert_str_eq(state(INT64_C(172800000)), "pid 42, uptime 2 days, 0:00:00");
}
END_TEST

START_TEST(what_does_not_run_says_since_when_or_why)
{
	ck_assert_str_eq(state(0), "Not started");
	ck_assert_int_eq(setenv("TZ", "UTC", 1), 0);
	unit.stopped_ms = 1795390860000;
	ck_assert_str_eq(state(0), "Nov 22 11:41 PM");
	p.state = PROC_BACKOFF;
	ck_assert_str_eq(state(0), "unknown error (try \"tail x\")");
	failed(CHILD_EXEC, ENOENT);
	ck_assert_str_eq(state(0), "can't find command 'run'");
	p.held = true;
	p.deadline = (mono_t){ 1200 };
	ck_assert_str_eq(state(1000),
			 "restarts too fast: held to 5 a second (restart_rate), next in 0.2 s");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("describe");
	TCase *tc = harness_case(s, "describe");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, exits_are_worded_as_people_match_them);
	tcase_add_test(tc, every_failure_to_execute_has_its_words);
	tcase_add_test(tc, a_command_that_cannot_be_split_says_why);
	tcase_add_test(tc, an_exit_is_trouble_only_if_it_was_not_expected);
	tcase_add_test(tc, no_room_names_what_there_is_no_room_for);
	tcase_add_test(tc, uptime_is_written_as_timedelta_is);
	tcase_add_test(tc, what_does_not_run_says_since_when_or_why);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
