/* SPDX-License-Identifier: MIT */
/*
 * harness.h - what every Check program of ours has in common.
 *
 * Each suite catches a test that leaves a descriptor open: harness_case() adds that fixture, or
 *	tcase_add_checked_fixture(tc, fds_note, fds_check);
 * does. A program's main is
 *	return harness_run(suite());
 */
#pragma once

#include <check.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One per test program, and each test runs in a process of its own. */
static int harness_fds;

/* How many descriptors this process has open. */
static inline int fds_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = -3; /* ".", ".." and the directory's own */

	if (!dir)
		return -1;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static inline void fds_note(void)
{
	harness_fds = fds_open();
}

static inline void fds_check(void)
{
	ck_assert_int_eq(fds_open(), harness_fds);
}

/* A new case of @s that fails tests which leak descriptors. */
static inline TCase *harness_case(Suite *s, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, fds_note, fds_check);
	suite_add_tcase(s, tc);
	return tc;
}

/* Run @s; what main returns. */
static inline int harness_run(Suite *s)
{
	SRunner *sr = srunner_create(s);
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Say that @test cannot run here. The test runner counts what is said in this file. */
static inline void harness_skip(const char *test, const char *why)
{
	const char *path = getenv("REEVE_SKIPS");
	FILE *f = path ? fopen(path, "ae") : NULL;
	int len = (int)strlen(test);

	if (len > 3 && strcmp(test + len - 3, "_fn") == 0)
		len -= 3; /* what START_TEST adds */
	fprintf(f ? f : stderr, "%.*s: skipped: %s\n", len, test, why);
	if (f)
		fclose(f);
}

/* In a test, before anything is opened. */
#define SKIP_TEST(why)                                                                         \
	do {                                                                                   \
		harness_skip(__func__, why);                                                   \
		return;                                                                        \
	} while (0)
#define SKIP_UNLESS_ROOT()                                                                     \
	do {                                                                                   \
		if (geteuid() != 0)                                                            \
			SKIP_TEST("needs root");                                               \
	} while (0)

static inline int scratch_unlink(const char *path, const struct stat *st, int type,
				 struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

/* Make a directory of one's own in @path. */
static inline void scratch_make(char *path, size_t size)
{
	const char *tmp = getenv("TMPDIR");

	ck_assert_int_lt(snprintf(path, size, "%s/reeve-test-XXXXXX", tmp ? tmp : "/tmp"),
			 (int)size);
	ck_assert_ptr_nonnull(mkdtemp(path));
}

static inline void scratch_remove(const char *path)
{
	ck_assert_int_eq(nftw(path, scratch_unlink, 16, FTW_DEPTH | FTW_PHYS), 0);
}
