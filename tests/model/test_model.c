/* SPDX-License-Identifier: MIT */
/*
 * Holds the machine against its model: what it says of itself (dump.c) goes to check_model.py,
 * which compares each step with the model's and explores all that can happen. "--dump" prints
 * the table instead.
 */
#include <errno.h>
#include <sys/wait.h>

#include "tests/model/dump.h"
#include "tests/unit/harness.h"

#define CHECKER "tests/model/check_model.py"

/* The table of the machine, in a file. */
static void write_table(char *path, size_t size)
{
	const char *tmp = getenv("TMPDIR");
	struct dump_count n;
	FILE *f;
	int fd;

	snprintf(path, size, "%s/reeve-table-XXXXXX", tmp ? tmp : "/tmp");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	f = fdopen(fd, "w");
	ck_assert_ptr_nonnull(f);
	n = dump_machine(f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_uint_gt(n.states, 0);
	ck_assert_uint_gt(n.steps, n.states);
}

/* What the checker ends with; 127: there is none. */
static int run_checker(const char *option, const char *path)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		execlp("python3", "python3", CHECKER, option, path, NULL);
		_exit(errno == ENOENT ? 127 : 126);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int check_table(const char *option)
{
	char path[256];
	int status;

	write_table(path, sizeof path);
	status = run_checker(option, path);
	unlink(path);
	return status;
}

START_TEST(the_machine_is_its_model_and_keeps_the_invariants)
{
	const int status = check_table("--check");

	if (status == 127)
		SKIP_TEST("needs python3");
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(mistakes_that_are_planted_are_found)
{
	const int status = check_table("--mutants");

	if (status == 127)
		SKIP_TEST("needs python3");
	ck_assert_int_eq(status, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("model");
	TCase *tc = harness_case(s, "model");

	tcase_set_timeout(tc, 250);
	tcase_add_test(tc, the_machine_is_its_model_and_keeps_the_invariants);
	tcase_add_test(tc, mistakes_that_are_planted_are_found);
	return s;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--dump") == 0) {
		(void)dump_machine(stdout);
		return 0;
	}
	return harness_run(suite());
}
