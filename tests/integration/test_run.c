/* SPDX-License-Identifier: MIT */
/* test_run.c - run and map: what a job gets of its caller, what nobody sees, and items by the
 * many. */
#include <sys/stat.h>

#include "tests/integration/jobs.h"

static void setup(void)
{
	jobs_setup();
	instance_run(&in, "");
}

START_TEST(a_job_has_the_environment_directory_and_umask_of_its_caller)
{
	umask(027);
	ck_assert_int_eq(setenv("ONLY_HERE", "yes", 1), 0);
	EXPECT_CTL(&in, 0, "yes\n", "run", "--", "sh", "-c", "echo $ONLY_HERE");
	EXPECT_CTL(&in, 0, "0027\n", "run", "--", "sh", "-c", "umask");
	EXPECT_CTL(&in, 0, "/usr\n", "run", "--directory", "/usr", "--", "pwd");
	EXPECT_CTL(&in, 0, "reeve.conf\n", "run", "--", "ls", "reeve.conf");
	EXPECT_CTL(&in, 0, "A=1\n", "run", "--clean-env", "-E", "A=1", "--", "sh", "-c",
		   "env | grep -v -e ^PATH= -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=");
	umask(022);
}
END_TEST

/* Whether a file, with NULs or without, has this text. */
static bool file_has(const char *path, const char *text)
{
	FILE *f = fopen(path, "re");
	char got[65536];
	size_t n;

	ck_assert_msg(f, "%s", path);
	n = fread(got, 1, sizeof got, f);
	fclose(f);
	return memmem(got, n, text, strlen(text));
}

START_TEST(a_secret_is_in_the_environment_and_nowhere_else)
{
	struct outcome o;
	char path[64];
	pid_t ctl, job;

	instance_write(&in, "key", "k0penSesame\n");
	ctl = BEGIN("out", "run", "--secret", "KEY=key", "--", "sh", "-c",
		    "echo $KEY; exec "
		    "env SUPERVISOR_PROCESS_NAME=p puppet wait");
	job = instance_hear(&in, "p", "ready");
	snprintf(path, sizeof path, "/proc/%d/environ", job);
	ck_assert(file_has(path, "KEY=k0penSesame"));
	snprintf(path, sizeof path, "/proc/%d/cmdline", job);
	ck_assert(!file_has(path, "k0penSesame"));
	snprintf(path, sizeof path, "/proc/%d/cmdline", ctl);
	ck_assert(!file_has(path, "k0penSesame"));
	CTL(&in, &o, "--json", "jobs");
	ck_assert_ptr_nonnull(strstr(buf_str(&o.out), "puppet wait"));
	ck_assert_ptr_null(strstr(buf_str(&o.out), "k0penSesame"));
	outcome_done(&o);
	ck_assert(!instance_log_has(&in, "k0penSesame"));
	instance_order(&in, "p", "exit 0");
	ck_assert_int_eq(jobs_finish(ctl), 0);
	instance_file_has(&in, "out", "k0penSesame");
}
END_TEST

START_TEST(closed_streams_are_empty_and_nothing_else_takes_their_place)
{
	char shell[700];

	snprintf(shell, sizeof shell,
		 "'%s/reevectl' -c reeve.conf run sh -c 'cat; echo out; echo err >&2; exit 3' "
		 "<&- >&- 2>&-",
		 getenv("REEVE_BUILD"));
	EXPECT_CTL(&in, 3, "", "run", "--", "sh", "-c", shell);
}
END_TEST

/* What a shell makes of it. */
static void shell_says(const char *command, char *ret, size_t size)
{
	FILE *f = popen(command, "re");

	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(ret, (int)size, f));
	ck_assert_int_eq(pclose(f), 0);
}

START_TEST(random_bytes_go_through_openssl_as_in_a_shell)
{
	char shell[1000], expected[200], bytes[300];

	if (system("command -v openssl >/dev/null 2>&1") != 0)
		SKIP_TEST("needs openssl");
	snprintf(bytes, sizeof bytes, "%s/bytes", in.dir);
	for (int i = 0; i < 3; i++) {
		snprintf(shell, sizeof shell,
			 "head -c 10 /dev/urandom > '%s'; password=1234 openssl enc "
			 "-aes-256-cbc "
			 "-pbkdf2 -nosalt -pass env:password < '%s' | md5sum",
			 bytes, bytes);
		shell_says(shell, expected, sizeof expected);
		EXPECT_CTL(
			&in, 0, expected, "run", "-E", "password=1234", "--stdin", bytes, "--",
			"openssl enc -aes-256-cbc -pbkdf2 -nosalt -pass env:password | md5sum");
	}
}
END_TEST

START_TEST(a_map_of_many_prints_each_job_in_one_piece_and_in_order)
{
	_cleanup_(buf_done) struct buf items = BUF_INIT, expected = BUF_INIT, got = BUF_INIT;
	char line[64];
	FILE *f;

	for (int i = 0; i < 300; i++) {
		ck_assert_int_eq(buf_printf(&items, "item %d\n", i), 0);
		ck_assert_int_eq(
			buf_printf(&expected, "item %d\tone\nitem %d\ttwo item %d\n", i, i, i),
			0);
	}
	instance_write(&in, "items", buf_str(&items));
	ck_assert_int_eq(
		jobs_finish(BEGIN_FROM("items", "out", "map", "-k", "--tag", "-j", "8", "--",
				       "sh", "-c", "echo one; echo two $0", "{}")),
		0);
	snprintf(line, sizeof line, "%.50s/out", in.dir);
	f = fopen(line, "re");
	while (fgets(line, sizeof line, f))
		ck_assert_int_eq(buf_puts(&got, line), 0);
	fclose(f);
	ck_assert_str_eq(buf_str(&got), buf_str(&expected));
}
END_TEST

START_TEST(a_map_exits_with_how_many_failed_and_halts_when_it_is_told_to)
{
	QUIETLY(2, "map", "-j2", "--", "puppet", "exit", "{}", ":::", "0", "3", "0", "4");
	QUIETLY(7, "map", "-j1", "--halt", "soon,fail=1", "--", "puppet", "exit", "{}",
		":::", "0", "7");
	QUIETLY(0, "map", "-j2", "--halt", "now,success=1", "--", "puppet exit {}", ":::", "3",
		"0");
	QUIETLY(1, "map", "--retry", "2", "--", "sh", "-c", "echo >> tries; exit 1",
		":::", "x");
	EXPECT_CTL(&in, 0, "3\n", "run", "--stdin", "tries", "--", "wc", "-l");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("run");
	TCase *tc = harness_case(s, "run");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, jobs_teardown);
	tcase_add_test(tc, a_job_has_the_environment_directory_and_umask_of_its_caller);
	tcase_add_test(tc, a_secret_is_in_the_environment_and_nowhere_else);
	tcase_add_test(tc, closed_streams_are_empty_and_nothing_else_takes_their_place);
	tcase_add_test(tc, random_bytes_go_through_openssl_as_in_a_shell);
	tcase_add_test(tc, a_map_of_many_prints_each_job_in_one_piece_and_in_order);
	tcase_add_test(tc, a_map_exits_with_how_many_failed_and_halts_when_it_is_told_to);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
