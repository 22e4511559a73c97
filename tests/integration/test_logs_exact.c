/* SPDX-License-Identifier: MIT */
/* test_logs_exact.c - no byte is lost, doubled or cut, whoever is killed; formats and targets
 * as they come out of a configuration file. bench/logs.c does the same for longer. */
#include <signal.h>
#include <sys/stat.h>

#include "tests/integration/instance.h"

enum { PROGRAMS = 3, LINES = 40000, KILLS = 12 };

static struct instance in;

static void setup(void)
{
	instance_init(&in);
}

static void teardown(void)
{
	instance_done(&in);
}

/* Go on with what is in a file: each line must be the next one. */
static void check_file(const char *path, int *next)
{
	char line[100], want[100];
	FILE *f = fopen(path, "re");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f)) {
		snprintf(want, sizeof want, "line %d of the flood\n", (*next)++);
		ck_assert_str_eq(line, want);
	}
	fclose(f);
}

static void check_program(int i)
{
	char path[400];
	int next = 0;

	for (int k = 500; k >= 0; k--) {
		if (k)
			snprintf(path, sizeof path, "%s/p%d.log.%d", in.dir, i, k);
		else
			snprintf(path, sizeof path, "%s/p%d.log", in.dir, i);
		if (access(path, F_OK) == 0)
			check_file(path, &next);
	}
	ck_assert_int_eq(next, LINES);
}

START_TEST(no_line_is_missing_doubled_or_cut_whoever_is_killed)
{
	char text[2000] = "", name[16], flood[32];
	size_t at = 0;

	for (int i = 0; i < PROGRAMS; i++)
		at += (size_t)snprintf(
			text + at, sizeof text - at,
			"[program:p%d]\ncommand=puppet wait\nstartsecs=0\n"
			"autorestart=false\nstdout_logfile=%%(here)s/p%d.log\n"
			"stdout_logfile_maxbytes=20KB\nstdout_logfile_backups=500\n"
			"log_policy=block\n",
			i, i);
	instance_run(&in, text);
	snprintf(flood, sizeof flood, "flood %d", LINES);
	for (int i = 0; i < PROGRAMS; i++) {
		snprintf(name, sizeof name, "p%d", i);
		instance_hear(&in, name, "ready");
		instance_order(&in, name, flood);
		instance_order(&in, name, "exit 0");
	}
	for (int i = 0; i < KILLS; i++) {
		const char *who = i % 4 == 3 ? "reeve-manager" : "reeve-logger";
		const pid_t old = instance_part(&in, who);

		kill(old, SIGKILL);
		instance_part_after(&in, who, old);
	}
	for (int i = 0; i < PROGRAMS; i++) {
		snprintf(name, sizeof name, "p%d", i);
		instance_reaches(&in, name, "EXITED");
	}
	instance_stop(&in);
	for (int i = 0; i < PROGRAMS; i++)
		check_program(i);
}
END_TEST

START_TEST(formats_and_several_targets_come_out_of_the_file)
{
	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\n"
			  "stdout_logfile=%(here)s/a.log, %(here)s/b.log\n"
			  "stdout_format=json\nstdout_strip_ansi=true\n"
			  "stderr_logfile=%(here)s/e.log\nstderr_format=timestamp\n"
			  "stderr_prefix=%(program_name)s\n");
	instance_hear(&in, "a", "ready");
	instance_order(&in, "a", "out hello");
	instance_order(&in, "a", "err there");
	instance_file_has(&in, "a.log", "\"program\":\"a\",\"stream\":\"stdout\",\"pid\":");
	instance_file_has(&in, "b.log", "\"message\":\"hello\"}\n");
	instance_file_has(&in, "e.log", "Z a there\n");
}
END_TEST

START_TEST(rotated_logs_are_packed)
{
	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\n"
			  "stdout_logfile=%(here)s/a.log\nstdout_logfile_maxbytes=1KB\n"
			  "stdout_logfile_backups=3\nstdout_logfile_compress=gzip\n");
	instance_hear(&in, "a", "ready");
	instance_order(&in, "a", "flood 60");
	instance_file_has(&in, "a.log.1.gz", "\x1f\x8b");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("logs_exact");
	TCase *tc = harness_case(s, "logs_exact");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, no_line_is_missing_doubled_or_cut_whoever_is_killed);
	tcase_add_test(tc, formats_and_several_targets_come_out_of_the_file);
	tcase_add_test(tc, rotated_logs_are_packed);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
