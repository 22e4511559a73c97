/* SPDX-License-Identifier: MIT */
/* test_spawn_failures.c - children that cannot become the program, and users. */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>

#include "tests/unit/spawn_harness.h"

static void fails_with(enum child_stage stage, int error)
{
	struct spawned child;
	int status;

	ck_assert_int_eq(until_exec(&child), SPAWN_FAILED);
	ck_assert_str_eq(child_stage_name(report.stage), child_stage_name(stage));
	ck_assert_int_eq(report.error, error);
	status = end_of(&child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 127);
}

/* --- what cannot be ---------------------------------------------------------------------- */

START_TEST(a_command_that_is_nowhere_is_reported)
{
	plan.argv = (char *const[]){ (char[]){ "no-such-program" }, NULL };
	fails_with(CHILD_EXEC, ENOENT);
	plan.argv = (char *const[]){ (char[]){ "/no/such/program" }, NULL };
	fails_with(CHILD_EXEC, ENOENT);
	plan.argv = (char *const[]){ (char[]){ "" }, NULL };
	fails_with(CHILD_EXEC, ENOENT);
	plan.argv = (char *const[]){ NULL };
	fails_with(CHILD_EXEC, ENOENT);
}
END_TEST

START_TEST(a_path_without_end_is_reported)
{
	char name[PATH_MAX + 2];

	memset(name, '/', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	plan.argv = (char *const[]){ name, NULL };
	fails_with(CHILD_EXEC, ENAMETOOLONG);
}
END_TEST

START_TEST(a_directory_is_no_command)
{
	plan.argv = (char *const[]){ dir, NULL };
	fails_with(CHILD_EXEC, EISDIR);
}
END_TEST

START_TEST(a_file_that_nobody_may_execute_is_reported_even_if_another_follows)
{
	char path[256];

	(void)file("sh", "", 0644);
	(void)snprintf(path, sizeof path, "%s:/bin", dir);
	plan.path = path;
	plan.argv = SH("true");
	fails_with(CHILD_EXEC, EACCES);
}
END_TEST

START_TEST(a_file_in_no_format_is_reported)
{
	char path[128];

	(void)strcpy(path, file("text", "just words\n", 0755));
	plan.argv = (char *const[]){ path, NULL };
	fails_with(CHILD_EXEC, ENOEXEC);
}
END_TEST

START_TEST(a_script_without_its_interpreter_is_there_but_cannot_run)
{
	char path[128];

	(void)strcpy(path, file("script", "#!/no/such/interpreter\n", 0755));
	plan.argv = (char *const[]){ path, NULL };
	fails_with(CHILD_EXEC, ENOEXEC);
}
END_TEST

START_TEST(a_directory_that_cannot_be_entered_is_reported)
{
	plan.argv = SH("true");
	plan.directory = "/no/such/place";
	fails_with(CHILD_CHDIR, ENOENT);
	plan.directory = file("plain", "", 0644);
	fails_with(CHILD_CHDIR, ENOTDIR);
}
END_TEST

START_TEST(a_descriptor_that_is_none_is_reported)
{
	plan.argv = SH("true");
	plan.fds[1] = 999;
	fails_with(CHILD_STREAMS, EBADF);
}
END_TEST

START_TEST(a_limit_that_cannot_be_is_reported)
{
	plan.argv = SH("true");
	plan.nofile = (struct rlimit){ 100, 50 };
	fails_with(CHILD_LIMITS, EINVAL);
}
END_TEST

/* clang-format off */
static const char *const nobodys[] = {
	"no-such-user-here", "4294967295", "4294967296", "18446744073709551616", "-1", "+0",
	"0x0", "1e3", " 0", "0 ", "999999998",
};
/* clang-format on */

START_TEST(a_user_that_is_none_is_reported_and_nothing_runs)
{
	plan.argv = SH("true");
	plan.user = nobodys[_i];
	fails_with(CHILD_USER, ESRCH);
}
END_TEST

START_TEST(our_own_user_needs_no_rights)
{
	char uid[16];

	(void)snprintf(uid, sizeof uid, "%u", geteuid());
	plan.user = uid;
	run(SH("id -u"));
	ck_assert_str_eq(buf_str(&said), uid);
}
END_TEST

START_TEST(another_user_takes_rights)
{
	if (geteuid() == 0)
		SKIP_TEST("needs not to be root");
	plan.argv = SH("true");
	plan.user = "root";
	fails_with(CHILD_GROUPS, EPERM);
}
END_TEST

/* --- users ------------------------------------------------------------------------------- */

START_TEST(user_group_and_other_groups_are_taken)
{
	const struct passwd *nobody = getpwnam("nobody");
	char expect[64];

	SKIP_UNLESS_ROOT();
	ck_assert_int_eq(setgroups(2, (const gid_t[]){ 1, 2 }), 0);
	plan.user = "nobody";
	run(SH("grep -E '^(Uid|Gid|Groups):' /proc/self/status"));
	(void)snprintf(expect, sizeof expect, "Groups:\t%u ", nobody->pw_gid);
	ck_assert_ptr_nonnull(strstr(buf_str(&said), expect));
	(void)snprintf(expect, sizeof expect, "Uid:\t%1$u\t%1$u\t%1$u\t%1$u\n", nobody->pw_uid);
	ck_assert_ptr_nonnull(strstr(buf_str(&said), expect));
	(void)snprintf(expect, sizeof expect, "Gid:\t%1$u\t%1$u\t%1$u\t%1$u\n", nobody->pw_gid);
	ck_assert_ptr_nonnull(strstr(buf_str(&said), expect));
}
END_TEST

START_TEST(a_number_is_a_user_too)
{
	char uid[16];

	SKIP_UNLESS_ROOT();
	(void)snprintf(uid, sizeof uid, "%u", getpwnam("nobody")->pw_uid);
	plan.user = uid;
	run(SH("id -un; id -Gn"));
	ck_assert_str_eq(buf_str(&said), "nobody\nnogroup");
}
END_TEST

START_TEST(the_user_owns_the_streams_and_can_open_them_again)
{
	SKIP_UNLESS_ROOT();
	plan.user = "nobody";
	plan.own_fds = 6;
	run(SH("echo one >/proc/self/fd/1; echo two >/proc/self/fd/2"));
	ck_assert_str_eq(buf_str(&said), "one\ntwo");
}
END_TEST

START_TEST(the_directory_is_entered_as_the_user)
{
	SKIP_UNLESS_ROOT();
	ck_assert_int_eq(chmod(dir, 0700), 0);
	plan.argv = SH("true");
	plan.user = "nobody";
	plan.directory = dir;
	fails_with(CHILD_CHDIR, EACCES);
}
END_TEST

START_TEST(what_only_others_may_execute_is_told_from_what_nobody_may)
{
	char path[128];

	SKIP_UNLESS_ROOT();
	ck_assert_int_eq(chmod(dir, 0755), 0);
	(void)strcpy(path, file("private", "#!/bin/sh\n", 0700));
	plan.argv = (char *const[]){ path, NULL };
	plan.user = "nobody";
	fails_with(CHILD_EXEC, EPERM);
}
END_TEST

static void add_failures(TCase *tc)
{
	tcase_add_test(tc, a_command_that_is_nowhere_is_reported);
	tcase_add_test(tc, a_path_without_end_is_reported);
	tcase_add_test(tc, a_directory_is_no_command);
	tcase_add_test(tc, a_file_that_nobody_may_execute_is_reported_even_if_another_follows);
	tcase_add_test(tc, a_file_in_no_format_is_reported);
	tcase_add_test(tc, a_script_without_its_interpreter_is_there_but_cannot_run);
	tcase_add_test(tc, a_directory_that_cannot_be_entered_is_reported);
	tcase_add_test(tc, a_descriptor_that_is_none_is_reported);
	tcase_add_test(tc, a_limit_that_cannot_be_is_reported);
	tcase_add_loop_test(tc, a_user_that_is_none_is_reported_and_nothing_runs, 0,
			    ARRAY_SIZE(nobodys));
	tcase_add_test(tc, our_own_user_needs_no_rights);
	tcase_add_test(tc, another_user_takes_rights);
}

static void add_users(TCase *tc)
{
	tcase_add_test(tc, user_group_and_other_groups_are_taken);
	tcase_add_test(tc, a_number_is_a_user_too);
	tcase_add_test(tc, the_user_owns_the_streams_and_can_open_them_again);
	tcase_add_test(tc, the_directory_is_entered_as_the_user);
	tcase_add_test(tc, what_only_others_may_execute_is_told_from_what_nobody_may);
}

static Suite *suite(void)
{
	Suite *s = suite_create("spawn_failures");
	TCase *tc = harness_case(s, "failures");

	tcase_add_checked_fixture(tc, setup, teardown);
	add_failures(tc);
	tc = harness_case(s, "users");
	tcase_add_checked_fixture(tc, setup, teardown);
	add_users(tc);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
