/* SPDX-License-Identifier: MIT */
/* test_keeper_programs.c - what the keeper does for the manager with processes. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "daemon/sys/child.h"
#include "tests/unit/keeper_words.h"

START_TEST(a_program_is_started_runs_and_ends_with_its_status)
{
	struct link_proc p;

	rig_spawn(&rig, 7, 3, "exit 5");
	p = hear_proc(LINK_SPAWNED, 7, 3);
	ck_assert_int_gt(p.pid, 0);
	(void)hear_proc(LINK_EXEC_OK, 7, 3);
	p = hear_proc(LINK_EXITED, 7, 3);
	ck_assert(WIFEXITED(p.status) && WEXITSTATUS(p.status) == 5);
	ck_assert_uint_gt(p.maxrss_kb, 0);
	ck_assert(!p.leftovers);
	rig_finish(&rig);
}
END_TEST

START_TEST(many_programs_at_once_are_all_accounted_for)
{
	enum { MANY = 200 };
	bool seen[MANY + 1] = { false };

	for (uint32_t i = 1; i <= MANY; i++)
		rig_spawn(&rig, i, 1, "exit $((0))");
	for (int i = 0; i < MANY; i++) {
		const struct link_proc p = rig_hear(&rig, manager, LINK_EXITED).m.proc;

		ck_assert(p.id >= 1 && p.id <= MANY && !seen[p.id]);
		ck_assert_int_eq(p.status, 0);
		seen[p.id] = true;
	}
	rig_finish(&rig);
}
END_TEST

START_TEST(outputs_go_to_the_logger_and_stay_the_same_over_restarts)
{
	int out, err;
	struct link_proc p;

	(void)spawn(1, 1, "echo one; echo bad >&2");
	out = hear_pipe(1, 0);
	err = hear_pipe(1, 1);
	rig_reads(out, "one\n");
	rig_reads(err, "bad\n");
	(void)hear_proc(LINK_EXITED, 1, 1);
	/* Its last writer is gone, and none is kept for a successor: that is the end of it,
	 * until there is another one. */
	rig_say(manager,
		&(struct link_msg){ .type = LINK_SETTLED, .proc = { .id = 1, .gen = 1 } }, -1);
	ck_assert_int_eq(read(out, &p, 1), 0);
	ck_assert_int_eq(read(err, &p, 1), 0);
	(void)spawn(1, 2, "echo two");
	p = rig_hear(&rig, logger, LINK_REARM).m.proc;
	ck_assert_uint_eq(p.which, 0);
	p = rig_hear_next(&rig, logger, LINK_REARM).m.proc;
	ck_assert_uint_eq(p.which, 1);
	rig_reads(out, "two\n");
	ck_assert_uint_eq(rig_unheard(logger, LINK_PIPE), 0);
	fd_close(out);
	fd_close(err);
	rig_finish(&rig);
}
END_TEST

START_TEST(merged_outputs_are_one_pipe)
{
	int out;

	rig_spawn_as(&rig, 1, 1, "echo a; echo b >&2",
		     &(struct link_spawn){ .umask = -1, .merge = true });
	out = hear_pipe(1, 0);
	rig_reads(out, "a\nb\n");
	(void)hear_proc(LINK_EXITED, 1, 1);
	rig_finish(&rig);
	ck_assert_uint_eq(rig_unheard(logger, LINK_PIPE), 0);
	fd_close(out);
}
END_TEST

START_TEST(environment_umask_and_directory_are_the_recipes)
{
	static const char env[] = "TWICE=first\0GREETING=hello\0TWICE=second";
	int out;

	rig_spawn_as(&rig, 1, 1,
		     "echo $GREETING $TWICE ${NOTIFY_SOCKET-none} ${LISTEN_FDS-none} $KEPT;"
		     "umask; pwd",
		     &(struct link_spawn){
			     .umask = 0, .directory = "/usr", .env = { env, 3, sizeof env } });
	out = hear_pipe(1, 0);
	rig_reads(out, "hello second none none kept\n0000\n/usr\n");
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

/* clang-format off */
static const struct {
	const char *argv0, *directory, *user;
	int stage, error;
} failures[] = {
	{ "no-such-program", "", "", CHILD_EXEC, ENOENT },
	{ "/usr", "", "", CHILD_EXEC, EISDIR },
	{ "/etc/passwd", "", "", CHILD_EXEC, EACCES },
	{ "sh", "/no/such/place", "", CHILD_CHDIR, ENOENT },
	{ "sh", "", "no-such-user-here", CHILD_USER, ESRCH },
};
/* clang-format on */

START_TEST(what_cannot_become_a_program_is_reaped_and_told_with_stage_and_reason)
{
	const char *argv0 = failures[_i].argv0;
	const struct link_spawn recipe = { .umask = -1,
					   .argv = { argv0, 1, (uint32_t)strlen(argv0) + 1 },
					   .directory = failures[_i].directory,
					   .user = failures[_i].user };
	struct link_proc p;
	struct link_slot s;

	rig_spawn_as(&rig, 1, 9, "", &recipe);
	p = hear_proc(LINK_SPAWNED, 1, 9);
	ck_assert_int_gt(p.pid, 0);
	p = rig_hear_next(&rig, manager, LINK_SPAWN_FAILED).m.proc;
	ck_assert_int_eq(p.stage, failures[_i].stage);
	ck_assert_int_eq(p.error, failures[_i].error);
	s = slot_after_crash(1);
	ck_assert(s.ended && !s.exec_done && s.pid == 0);
	ck_assert_int_eq(s.exec_stage, failures[_i].stage);
	ck_assert_int_eq(s.exec_error, failures[_i].error);
	send_proc(LINK_SETTLED, 1, 9);
	ck_assert(!slot_after_crash(1).ended);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_second_start_of_what_runs_is_refused)
{
	const pid_t pid = spawn(1, 1, "exec tail -f /dev/null");
	struct link_proc p;

	rig_spawn(&rig, 1, 2, "true");
	p = hear_proc(LINK_SPAWN_FAILED, 1, 2);
	ck_assert_int_eq(p.stage, 0);
	ck_assert_int_eq(p.error, EBUSY);
	ck_assert_int_eq(slot_after_crash(1).pid, pid);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_signal_reaches_the_incarnation_that_is_meant_and_no_other)
{
	struct link_signal s = { .id = 1, .gen = 1, .token = 8, .signo = SIGTERM };
	struct link_proc p;

	s.gen = 2;
	(void)spawn(1, 1, "exec tail -f /dev/null");
	ck_assert_int_eq(signal_with(&s).error, ESRCH);
	s.gen = 1;
	s.signo = 65;
	ck_assert_int_eq(signal_with(&s).error, EINVAL);
	s.signo = SIGTERM;
	ck_assert_int_eq(signal_with(&s).error, 0);
	p = hear_proc(LINK_EXITED, 1, 1);
	ck_assert_int_eq(WTERMSIG(p.status), SIGTERM);
	ck_assert_int_eq(signal_with(&s).error, ESRCH);
	s.id = 99;
	ck_assert_int_eq(signal_with(&s).error, ESRCH);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_group_is_signalled_whole_and_what_is_left_of_it_is_told)
{
	const struct link_signal hup = {
		.id = 1, .gen = 1, .token = 1, .signo = SIGHUP, .group = true
	};
	const struct link_signal term = { .id = 1, .gen = 1, .token = 2, .signo = SIGTERM };
	struct link_proc p;
	int out;

	(void)spawn(1, 1,
		    "(trap 'echo inner' HUP; while :; do read x </dev/zero; done) &"
		    "trap 'echo outer' HUP; echo up; while :; do wait; done");
	out = hear_pipe(1, 0);
	rig_reads(out, "up\n");
	ck_assert_int_eq(signal_with(&term).error, 0);
	p = hear_proc(LINK_EXITED, 1, 1);
	ck_assert(p.leftovers);
	/* A group whose leader is reaped could be anybody's. */
	ck_assert_int_eq(signal_with(&hup).error, ESRCH);
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(all_of_a_group_end_by_one_signal)
{
	const struct link_signal s = {
		.id = 1, .gen = 1, .token = 2, .signo = SIGKILL, .group = true
	};
	int out;

	(void)spawn(1, 1, "tail -f /dev/null & echo up; wait");
	out = hear_pipe(1, 0);
	rig_reads(out, "up\n");
	ck_assert_int_eq(signal_with(&s).error, 0);
	(void)hear_proc(LINK_EXITED, 1, 1);
	rig_hear_line(&rig, "(terminated by SIGKILL)"); /* the other one, now an orphan */
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_stopped_program_notices_a_signal_with_cont)
{
	struct link_signal s = { .id = 1, .gen = 1, .token = 2, .signo = SIGSTOP };
	struct link_proc p;

	(void)spawn(1, 1, "exec tail -f /dev/null");
	ck_assert_int_eq(signal_with(&s).error, 0);
	s.signo = SIGTERM;
	s.cont = true;
	ck_assert_int_eq(signal_with(&s).error, 0);
	p = hear_proc(LINK_EXITED, 1, 1);
	ck_assert_int_eq(WTERMSIG(p.status), SIGTERM);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_program_that_stops_only_after_a_signal_with_cont_goes_on_all_the_same)
{
	const struct link_signal s = {
		.id = 1, .gen = 1, .token = 2, .signo = SIGTERM, .cont = true
	};
	struct link_proc p;
	int out;

	(void)spawn(1, 1,
		    "trap 'kill $!; kill -STOP $$; exit 3' TERM;"
		    "tail -f /dev/null & echo up; wait");
	out = hear_pipe(1, 0);
	rig_reads(out, "up\n");
	ck_assert_int_eq(signal_with(&s).error, 0);
	p = hear_proc(LINK_EXITED, 1, 1);
	ck_assert(WIFEXITED(p.status) && WEXITSTATUS(p.status) == 3);
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_program_that_is_continued_is_known_to_go_on)
{
	struct link_signal s = { .id = 1, .gen = 1, .token = 2, .signo = SIGSTOP };
	struct link_proc p;
	int out;

	(void)spawn(1, 1,
		    "trap 'echo on' CONT; trap 'kill $!; exit 4' TERM;"
		    "tail -f /dev/null & echo up; while :; do wait; done");
	out = hear_pipe(1, 0);
	rig_reads(out, "up\n");
	for (int i = 0; i < 3; i++) {
		s.signo = SIGSTOP;
		ck_assert_int_eq(signal_with(&s).error, 0);
		s.signo = SIGCONT;
		ck_assert_int_eq(signal_with(&s).error, 0);
		rig_reads(out, "on\n");
	}
	s.signo = SIGTERM;
	s.cont = true;
	ck_assert_int_eq(signal_with(&s).error, 0);
	p = hear_proc(LINK_EXITED, 1, 1);
	ck_assert_int_eq(WEXITSTATUS(p.status), 4);
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(what_is_forgotten_is_closed_and_told_no_more)
{
	int out;

	(void)spawn(1, 1, "true");
	out = hear_pipe(1, 0);
	(void)hear_proc(LINK_EXITED, 1, 1);
	send_proc(LINK_FORGET, 1, 1);
	ck_assert_uint_eq(rig_hear(&rig, logger, LINK_FORGET).m.proc.id, 1);
	rig_replace(&rig, manager);
	(void)rig_hear_next(&rig, manager, LINK_HELLO);
	(void)rig_hear_next(&rig, manager, LINK_BEGIN);
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_live_program_that_is_forgotten_becomes_an_orphan)
{
	const pid_t pid = spawn(1, 1, "exec tail -f /dev/null");
	char line[64];

	send_proc(LINK_FORGET, 1, 1);
	(void)rig_hear(&rig, logger, LINK_FORGET);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	(void)snprintf(line, sizeof line, "reaped unknown pid %d (terminated by SIGTERM)", pid);
	rig_hear_line(&rig, line);
	rig_finish(&rig);
}
END_TEST

START_TEST(an_orphan_is_reaped_and_logged_with_its_status)
{
	(void)spawn(1, 1, "(exec sh -c 'read x; exit 7' </dev/null) & exit 0");
	rig_hear_line(&rig, "reaped unknown pid ");
	rig_finish(&rig);
}
END_TEST

START_TEST(of_many_orphans_at_once_some_are_named_and_the_rest_counted)
{
	int in[2], out;
	char byte;

	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	rig_spawn_with(&rig, 1, 1, "echo up; read x; for i in $(seq 100); do (true &); done",
		       &(struct link_spawn){ .umask = -1, .fds = 1 }, &in[0], 1);
	(void)hear_proc(LINK_EXEC_OK, 1, 1);
	out = hear_pipe(1, 0);
	rig_reads(out, "up\n");
	ck_assert_int_eq(kill(rig.keeper, SIGSTOP), 0);
	ck_assert_int_eq(write(in[1], "\n", 1), 1);
	ck_assert_int_eq(read(out, &byte, 1), 0); /* all of them have ended */
	ck_assert_int_eq(kill(rig.keeper, SIGCONT), 0);
	rig_hear_line(&rig, " more unknown processes");
	(void)hear_proc(LINK_EXITED, 1, 1);
	fd_close(out);
	fd_close(in[0]);
	fd_close(in[1]);
	rig_finish(&rig);
}
END_TEST

static void add_processes(TCase *tc)
{
	tcase_add_test(tc, a_program_is_started_runs_and_ends_with_its_status);
	tcase_add_test(tc, many_programs_at_once_are_all_accounted_for);
	tcase_add_test(tc, outputs_go_to_the_logger_and_stay_the_same_over_restarts);
	tcase_add_test(tc, merged_outputs_are_one_pipe);
	tcase_add_test(tc, environment_umask_and_directory_are_the_recipes);
	tcase_add_loop_test(
		tc, what_cannot_become_a_program_is_reaped_and_told_with_stage_and_reason, 0,
		ARRAY_SIZE(failures));
	tcase_add_test(tc, a_second_start_of_what_runs_is_refused);
	tcase_add_test(tc, a_signal_reaches_the_incarnation_that_is_meant_and_no_other);
	tcase_add_test(tc, a_group_is_signalled_whole_and_what_is_left_of_it_is_told);
	tcase_add_test(tc, all_of_a_group_end_by_one_signal);
	tcase_add_test(tc, a_stopped_program_notices_a_signal_with_cont);
	tcase_add_test(tc,
		       a_program_that_stops_only_after_a_signal_with_cont_goes_on_all_the_same);
	tcase_add_test(tc, a_program_that_is_continued_is_known_to_go_on);
	tcase_add_test(tc, what_is_forgotten_is_closed_and_told_no_more);
	tcase_add_test(tc, a_live_program_that_is_forgotten_becomes_an_orphan);
	tcase_add_test(tc, an_orphan_is_reaped_and_logged_with_its_status);
	tcase_add_test(tc, of_many_orphans_at_once_some_are_named_and_the_rest_counted);
}

static Suite *suite(void)
{
	Suite *s = suite_create("keeper_programs");
	TCase *tc = harness_case(s, "processes");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	add_processes(tc);
	return s;
}

static int tests(void)
{
	(void)setenv("NOTIFY_SOCKET", "/nowhere", 1);
	(void)setenv("LISTEN_FDS", "1", 1);
	(void)setenv("KEPT", "kept", 1);
	return harness_run(suite());
}

int main(int argc, char **argv)
{
	return rig_main(argc, argv, tests);
}
