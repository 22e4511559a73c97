/* SPDX-License-Identifier: MIT */
/* daemon/logger: the whole program, between a keeper and a manager: what becomes of logs. */
#include "tests/unit/logger_program.h"

#include <sys/inotify.h>

static void main_log(bool echo)
{
	tell(manager,
	     &(struct link_msg){ .type = LINK_MAINLOG,
				 .mainlog = { .path = in_dir("d.log"),
					      .level = LEVEL_INFO,
					      .echo = echo,
					      .clean_dir = "",
					      .clean_ident = "" } },
	     -1);
}

START_TEST(numbered_lines_come_out_whole_over_many_rotations)
{
	enum { LINES = 60000, BACKUPS = 40 };
	struct program p = program_new(1);
	char line[32], name[32];
	int expected = 0, got;
	pid_t child;

	give_pipe(&p);
	describe(&p, "x.log", 20000, BACKUPS);
	child = fork();
	if (child == 0) {
		for (int i = 0; i < LINES; i++)
			dprintf(p.writer, "%d\n", i);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	finish();
	for (int k = BACKUPS; k >= 0; k--) {
		FILE *f;

		(void)snprintf(name, sizeof name, k ? "x.log.%d" : "x.log", k);
		f = fopen(in_dir(name), "re");
		while (f && fgets(line, sizeof line, f)) {
			ck_assert_int_eq(sscanf(line, "%d\n", &got), 1);
			ck_assert_int_eq(got, expected++);
		}
		if (f)
			fclose(f);
	}
	ck_assert_int_eq(expected, LINES);
	ck_assert_int_eq(access(in_dir("x.log.3"), F_OK), 0);
	program_free(&p);
}
END_TEST

/* Wait until @name appears in, or goes from, the directory: never for a time. */
static void wait_for_file(const char *name, bool there)
{
	char events[4096];
	int fd = inotify_init1(IN_CLOEXEC);

	ck_assert_int_ge(inotify_add_watch(fd, dir, IN_CREATE | IN_DELETE | IN_MOVE), 0);
	while ((access(in_dir(name), F_OK) == 0) != there)
		ck_assert_int_gt(read(fd, events, sizeof events), 0);
	close(fd);
}

START_TEST(a_silent_program_gets_its_file)
{
	struct program p = program_with(1, "silent.log");

	wait_for_file("silent.log", true);
	program_free(&p);
}
END_TEST

START_TEST(auto_logs_are_private_and_old_ones_are_removed)
{
	const char *name = "p-stdout---supervisor-live1234.log";
	struct program p = program_new(1);
	struct stat st;

	fclose(fopen(in_dir("p-stdout---supervisor-dead1234.log"), "we"));
	tell(manager,
	     &(struct link_msg){
		     .type = LINK_MAINLOG,
		     .mainlog = { .path = "", .clean_dir = dir, .clean_ident = "supervisor" } },
	     -1);
	give_pipe(&p);
	tell(manager,
	     &(struct link_msg){ .type = LINK_STREAM,
				 .stream = { .id = 1,
					     .path = in_dir(name),
					     .private_file = true,
					     .name = "",
					     .group = "" } },
	     -1);
	print(&p, "x");
	ck_assert_str_eq(tail(1, 9), "x");
	wait_for_file("p-stdout---supervisor-dead1234.log", false);
	ck_assert_int_eq(stat(in_dir(name), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	program_free(&p);
}
END_TEST

START_TEST(logs_moved_away_are_opened_anew_when_told_to)
{
	struct program p = program_with(1, "x.log");

	print(&p, "old");
	(void)tail(1, 0);
	ck_assert_int_eq(rename(in_dir("x.log"), in_dir("x.old")), 0);
	tell(manager, &(struct link_msg){ .type = LINK_REOPEN }, -1);
	(void)tail(1, 0); /* the same link: told after the other */
	print(&p, "new");
	ck_assert_str_eq(tail(1, 9), "new");
	ck_assert_str_eq(content("x.old"), "old");
	program_free(&p);
}
END_TEST

START_TEST(a_full_disk_is_told_with_what_it_cost)
{
	struct program p;

	main_log(false);
	p = program_with(1, "/dev/full");
	print(&p, "12345");
	finish();
	ck_assert_ptr_nonnull(strstr(content("d.log"), " ERRO cannot write to log '/dev/full': "
						       "No space left on device"));
	ck_assert_ptr_nonnull(strstr(content("d.log"), " WARN 5 bytes for log '/dev/full' "
						       "were dropped"));
	program_free(&p);
}
END_TEST

/* A logger whose standard output is a pipe; returns the read end. */
static int restart_with_stdout(void)
{
	const int saved = dup(STDOUT_FILENO);
	int p[2];

	finish();
	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	(void)dup2(p[1], STDOUT_FILENO);
	logger_start();
	(void)dup2(saved, STDOUT_FILENO);
	close(saved);
	close(p[1]);
	return p[0];
}

START_TEST(standard_output_is_shared_by_the_log_and_programs)
{
	const int out = restart_with_stdout();
	struct program p = program_with(1, "/dev/stdout");
	char text[256] = "";
	size_t n = 0;

	describe(&p, "/dev/stdout", 4, 2); /* never rotated */
	print(&p, "from a program\n");
	main_log(true);
	tell(manager, &(struct link_msg){ .type = LINK_LOG, .log = { LEVEL_INFO, "line" } },
	     -1);
	while (!strstr(text, "line\n") || !strstr(text, "program\n"))
		n += (size_t)read(out, text + n, sizeof text - 1 - n);
	ck_assert_str_ne(content("d.log"), "");
	close(out);
	program_free(&p);
}
END_TEST

START_TEST(a_dead_standard_output_is_survived)
{
	const int out = restart_with_stdout();

	close(out);
	main_log(true);
	for (int i = 0; i < 10; i++) {
		tell(keeper,
		     &(struct link_msg){ .type = LINK_LOG, .log = { LEVEL_INFO, "line" } }, -1);
		ping();
	}
	finish();
	ck_assert_ptr_nonnull(
		strstr(content("d.log"), "cannot write to log '/dev/stdout': Broken pipe"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("logger_logs");
	TCase *tc = harness_case(s, "logger_logs");

	tcase_add_checked_fixture(tc, rig_make, rig_done);
	tcase_add_test(tc, numbered_lines_come_out_whole_over_many_rotations);
	tcase_add_test(tc, a_silent_program_gets_its_file);
	tcase_add_test(tc, auto_logs_are_private_and_old_ones_are_removed);
	tcase_add_test(tc, logs_moved_away_are_opened_anew_when_told_to);
	tcase_add_test(tc, a_full_disk_is_told_with_what_it_cost);
	tcase_add_test(tc, standard_output_is_shared_by_the_log_and_programs);
	tcase_add_test(tc, a_dead_standard_output_is_survived);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
