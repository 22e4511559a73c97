/* SPDX-License-Identifier: MIT */
/* test_keeper_jobs.c - what a program gets that its recipe asks for, or that a caller gave. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "daemon/sys/child.h"
#include "daemon/sys/clock.h"
#include "tests/unit/keeper_words.h"

static const struct link_spawn all_given = { .umask = -1, .fds = 7 };

/* A pipe whose ends are the test's. */
struct ends {
	int read, write;
};

static struct ends make_pipe(void)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	return (struct ends){ fds[0], fds[1] };
}

static void close_ends(struct ends *e)
{
	e->read = fd_close(e->read);
	e->write = fd_close(e->write);
}

static void starts_fail(uint32_t id, uint32_t gen, int stage, int error)
{
	const struct link_proc p = hear_proc(LINK_SPAWN_FAILED, id, gen);

	ck_assert_int_eq(p.stage, stage);
	ck_assert_int_eq(p.error, error);
	ck_assert_int_gt(p.ended_wall_ms, 0);
}

/* --- descriptors ------------------------------------------------------------------------- */

START_TEST(descriptors_that_are_given_are_the_programs_and_need_no_pipe)
{
	struct ends in = make_pipe(), out = make_pipe(), err = make_pipe();

	rig_spawn_with(&rig, 1, 1, "read x; echo \"got $x\"; echo bad >&2; exit 3", &all_given,
		       (const int[]){ in.read, out.write, err.write }, 3);
	ck_assert_int_eq(write(in.write, "this\n", 5), 5);
	close_ends(&in);
	out.write = fd_close(out.write);
	err.write = fd_close(err.write);
	rig_reads(out.read, "got this\n");
	rig_reads(err.read, "bad\n");
	ck_assert_int_eq(exit_code(1, 1), 3);
	/* Nobody has a copy: not even the keeper. */
	ck_assert_int_eq(read(out.read, &in, 1), 0);
	ck_assert_int_eq(read(err.read, &in, 1), 0);
	close_ends(&out);
	close_ends(&err);
	rig_finish(&rig);
	ck_assert_uint_eq(rig_unheard(logger, LINK_PIPE), 0);
}
END_TEST

START_TEST(what_is_not_given_goes_to_the_logger)
{
	struct ends err = make_pipe();
	int out;

	rig_spawn_with(&rig, 1, 1, "echo yes; echo no >&2",
		       &(struct link_spawn){ .umask = -1, .fds = 4 }, &err.write, 1);
	out = hear_pipe(1, 0);
	rig_reads(out, "yes\n");
	rig_reads(err.read, "no\n");
	ck_assert_int_eq(exit_code(1, 1), 0);
	fd_close(out);
	close_ends(&err);
	rig_finish(&rig);
	ck_assert_uint_eq(rig_unheard(logger, LINK_PIPE), 0);
}
END_TEST

START_TEST(errors_may_go_where_a_given_output_goes)
{
	struct ends out = make_pipe();

	rig_spawn_with(&rig, 1, 1, "echo a; echo b >&2",
		       &(struct link_spawn){ .umask = -1, .fds = 2, .merge = true }, &out.write,
		       1);
	rig_reads(out.read, "a\nb\n");
	ck_assert_int_eq(exit_code(1, 1), 0);
	close_ends(&out);
	rig_finish(&rig);
	ck_assert_uint_eq(rig_unheard(logger, LINK_PIPE), 0);
}
END_TEST

START_TEST(descriptors_that_are_missing_or_impossible_refuse_the_start)
{
	struct ends e = make_pipe();

	rig_spawn_with(&rig, 1, 1, "true", &all_given, &e.read, 1);
	starts_fail(1, 1, 0, EBADF);
	rig_spawn_with(&rig, 1, 2, "true", &(struct link_spawn){ .umask = -1, .fds = 8 },
		       &e.read, 1);
	starts_fail(1, 2, 0, EINVAL);
	(void)spawn(1, 3, "true");
	close_ends(&e);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_given_descriptor_keeps_its_owner_and_ours_has_the_user)
{
	struct ends out = make_pipe();
	struct stat st;
	int err;

	SKIP_UNLESS_ROOT();
	rig_spawn_with(&rig, 1, 1, "id -un; echo again >/dev/stderr",
		       &(struct link_spawn){ .umask = -1, .fds = 2, .user = "nobody" },
		       &out.write, 1);
	rig_reads(out.read, "nobody\n");
	err = hear_pipe(1, 1);
	rig_reads(err, "again\n");
	ck_assert_int_eq(fstat(out.read, &st), 0);
	ck_assert_uint_eq(st.st_uid, 0);
	ck_assert_int_eq(fstat(err, &st), 0);
	ck_assert_uint_eq(st.st_uid, getpwnam("nobody")->pw_uid);
	fd_close(err);
	close_ends(&out);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_job_that_is_forgotten_unsettled_is_gone_and_the_logger_never_knew_it)
{
	struct ends e = make_pipe();
	const int fds[] = { e.read, e.write, e.write };

	rig_spawn_with(&rig, 1, 1, "true", &all_given, fds, 3);
	ck_assert_int_eq(exit_code(1, 1), 0);
	send_proc(LINK_FORGET, 1, 1);
	rig_replace(&rig, manager);
	(void)rig_hear_next(&rig, manager, LINK_HELLO);
	(void)rig_hear_next(&rig, manager, LINK_BEGIN);
	close_ends(&e);
	rig_finish(&rig);
	ck_assert_uint_eq(rig_unheard(logger, LINK_FORGET), 0);
}
END_TEST

/* --- standard input from a file ---------------------------------------------------------- */

/* Make a file in the test's directory; its path. */
static const char *make_file(const char *name, const char *text, mode_t mode)
{
	static char path[160];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", rig.dir, name);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fchmod(fileno(f), mode), 0);
	fclose(f);
	return path;
}

START_TEST(a_file_is_read_that_is_named_from_the_programs_directory)
{
	int out;

	(void)make_file("input", "first\n", 0644);
	rig_spawn_as(&rig, 1, 1, "cat; ls -l /proc/self/fd | grep -c input",
		     &(struct link_spawn){
			     .umask = -1, .directory = rig.dir, .stdin_path = "input" });
	out = hear_pipe(1, 0);
	rig_reads(out, "first\n1\n");
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_file_that_is_not_there_fails_the_start)
{
	rig_spawn_as(&rig, 1, 1, "true",
		     &(struct link_spawn){ .umask = -1, .stdin_path = "/no/such/file" });
	starts_fail(1, 1, CHILD_STDIN, ENOENT);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_file_is_opened_as_the_programs_user)
{
	SKIP_UNLESS_ROOT();
	rig_spawn_as(&rig, 1, 1, "true",
		     &(struct link_spawn){ .umask = -1,
					   .user = "nobody",
					   .stdin_path = make_file("secret", "x", 0600) });
	starts_fail(1, 1, CHILD_STDIN, EACCES);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_fifo_keeps_the_program_waiting_and_nobody_else_and_blocks_then)
{
	char path[160];
	int out, fifo;

	(void)snprintf(path, sizeof path, "%s/fifo", rig.dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	rig_spawn_as(&rig, 1, 1,
		     "flags=$(sed -n 's/^flags:.//p' /proc/self/fdinfo/0);"
		     "test $((flags & 04000)) = 0 && cat",
		     &(struct link_spawn){ .umask = -1, .stdin_path = path });
	(void)hear_proc(LINK_SPAWNED, 1, 1);
	rig_spawn(&rig, 2, 1, "true");
	ck_assert_int_eq(exit_code(2, 1), 0);
	/* For somebody else to write, who does not wait for the program either. */
	fifo = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(fifo, 0);
	(void)hear_proc(LINK_EXEC_OK, 1, 1);
	out = hear_pipe(1, 0);
	ck_assert_int_eq(write(fifo, "late\n", 5), 5);
	fd_close(fifo);
	rig_reads(out, "late\n");
	ck_assert_int_eq(exit_code(1, 1), 0);
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

/* --- processors and environment ---------------------------------------------------------- */

START_TEST(a_program_runs_on_its_processors_only)
{
	char cpu[32], expected[64];
	cpu_set_t ours;
	int out, n = 0;

	ck_assert_int_eq(sched_getaffinity(0, sizeof ours, &ours), 0);
	while (!CPU_ISSET((size_t)n, &ours))
		n++;
	(void)snprintf(cpu, sizeof cpu, "%d,8000-8191", n);
	(void)snprintf(expected, sizeof expected, "Cpus_allowed_list:\t%d\n", n);
	rig_spawn_as(&rig, 1, 1, "grep Cpus_allowed_list /proc/self/status",
		     &(struct link_spawn){ .umask = -1, .affinity = cpu });
	out = hear_pipe(1, 0);
	rig_reads(out, expected);
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(processors_that_are_not_there_fail_the_start)
{
	rig_spawn_as(&rig, 1, 1, "true",
		     &(struct link_spawn){ .umask = -1, .affinity = "8190-8191" });
	starts_fail(1, 1, CHILD_AFFINITY, EINVAL);
	rig_spawn_as(&rig, 1, 2, "true", &(struct link_spawn){ .umask = -1, .affinity = "x" });
	starts_fail(1, 2, 0, EINVAL);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_clean_environment_has_nothing_of_ours)
{
	static const char env[] = "A=first\0B=two\0A=last";
	int out;

	rig_spawn_as(&rig, 1, 1, "exec /usr/bin/env",
		     &(struct link_spawn){
			     .umask = -1, .clean_env = true, .env = { env, 3, sizeof env } });
	out = hear_pipe(1, 0);
	rig_reads(out, "A=last\nB=two\nPWD=");
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

static void copy_program(const char *from, const char *to)
{
	const int in = open(from, O_RDONLY | O_CLOEXEC);
	const int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	char bytes[4096];
	ssize_t n;

	ck_assert(in >= 0 && out >= 0);
	while ((n = read(in, bytes, sizeof bytes)) > 0)
		ck_assert_int_eq(write(out, bytes, (size_t)n), n);
	fd_close(in);
	fd_close(out);
}

/* Once it has run, the next of its kind may borrow the keeper's memory. */
START_TEST(one_command_can_be_many_jobs_and_may_vanish_meanwhile)
{
	char to[160];
	struct link_spawn how = { .umask = -1 };

	(void)snprintf(to, sizeof to, "%s/true", rig.dir);
	copy_program("/bin/true", to);
	how.argv = (struct link_strs){ to, 1, (uint32_t)strlen(to) + 1 };
	for (uint32_t i = 1; i <= 20; i++) {
		rig_spawn_as(&rig, i, 1, "", &how);
		ck_assert_int_eq(exit_code(i, 1), 0);
		send_proc(LINK_FORGET, i, 1);
	}
	ck_assert_int_eq(unlink(to), 0);
	rig_spawn_as(&rig, 21, 1, "", &how);
	starts_fail(21, 1, CHILD_EXEC, ENOENT);
	rig_finish(&rig);
}
END_TEST

/* --- accounts ---------------------------------------------------------------------------- */

START_TEST(what_it_used_and_when_it_ended_is_kept_for_the_next_manager)
{
	const int64_t before = wall_now_ms();
	struct link_proc p;
	struct link_slot s;

	rig_spawn(&rig, 1, 1, "i=0; while test $i -lt 20000; do i=$((i+1)); done; exit 3");
	p = hear_proc(LINK_EXITED, 1, 1);
	ck_assert_uint_gt(p.utime_us + p.stime_us, 0);
	ck_assert_int_ge(p.ended_wall_ms, before);
	ck_assert_int_le(p.ended_wall_ms, wall_now_ms());
	s = slot_after_crash(1);
	ck_assert(s.ended && s.wait_status == p.status && s.leftovers == p.leftovers);
	ck_assert_uint_eq(s.utime_us, p.utime_us);
	ck_assert_uint_eq(s.stime_us, p.stime_us);
	ck_assert_uint_eq(s.maxrss_kb, p.maxrss_kb);
	ck_assert_int_eq(s.ended_wall_ms, p.ended_wall_ms);
	send_proc(LINK_SETTLED, 1, 1);
	s = slot_after_crash(1);
	ck_assert(!s.ended && !s.ended_wall_ms && !s.maxrss_kb);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_start_that_failed_has_its_time_too)
{
	struct link_slot s;

	rig_spawn_with(&rig, 1, 1, "true", &all_given, NULL, 0);
	starts_fail(1, 1, 0, EBADF);
	s = slot_after_crash(1);
	ck_assert(s.ended && s.exec_error == EBADF);
	ck_assert_int_gt(s.ended_wall_ms, 0);
	rig_finish(&rig);
}
END_TEST

static void add_streams(TCase *tc)
{
	tcase_add_test(tc, descriptors_that_are_given_are_the_programs_and_need_no_pipe);
	tcase_add_test(tc, what_is_not_given_goes_to_the_logger);
	tcase_add_test(tc, errors_may_go_where_a_given_output_goes);
	tcase_add_test(tc, descriptors_that_are_missing_or_impossible_refuse_the_start);
	tcase_add_test(tc, a_given_descriptor_keeps_its_owner_and_ours_has_the_user);
	tcase_add_test(tc,
		       a_job_that_is_forgotten_unsettled_is_gone_and_the_logger_never_knew_it);
	tcase_add_test(tc, a_file_is_read_that_is_named_from_the_programs_directory);
	tcase_add_test(tc, a_file_that_is_not_there_fails_the_start);
	tcase_add_test(tc, a_file_is_opened_as_the_programs_user);
	tcase_add_test(tc, a_fifo_keeps_the_program_waiting_and_nobody_else_and_blocks_then);
}

static Suite *suite(void)
{
	Suite *s = suite_create("keeper_jobs");
	TCase *tc = harness_case(s, "streams");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	add_streams(tc);
	tc = harness_case(s, "recipe");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_program_runs_on_its_processors_only);
	tcase_add_test(tc, processors_that_are_not_there_fail_the_start);
	tcase_add_test(tc, a_clean_environment_has_nothing_of_ours);
	tcase_add_test(tc, one_command_can_be_many_jobs_and_may_vanish_meanwhile);
	tcase_add_test(tc, what_it_used_and_when_it_ended_is_kept_for_the_next_manager);
	tcase_add_test(tc, a_start_that_failed_has_its_time_too);
	return s;
}

static int tests(void)
{
	return harness_run(suite());
}

int main(int argc, char **argv)
{
	return rig_main(argc, argv, tests);
}
