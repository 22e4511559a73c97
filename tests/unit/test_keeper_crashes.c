/* SPDX-License-Identifier: MIT */
/* test_keeper_crashes.c - what outlives a manager and a logger, and what does not fit. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/unit/keeper_words.h"

static ino_t inode(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

START_TEST(an_exit_is_told_to_every_manager_until_it_is_settled)
{
	struct link_slot s;

	(void)spawn(1, 4, "exit 3");
	(void)hear_proc(LINK_EXITED, 1, 4);
	for (int i = 0; i < 2; i++) {
		s = slot_after_crash(1);
		ck_assert(s.ended);
		ck_assert_uint_eq(s.gen, 4);
		ck_assert_int_eq(WEXITSTATUS(s.wait_status), 3);
	}
	send_proc(LINK_SETTLED, 1, 3); /* of another incarnation: does not count */
	ck_assert(slot_after_crash(1).ended);
	send_proc(LINK_SETTLED, 1, 4);
	s = slot_after_crash(1);
	ck_assert(!s.ended && s.pid == 0);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_program_lives_on_without_a_manager_and_its_end_is_kept)
{
	const pid_t pid =
		spawn(1, 1, "trap 'exit 42' USR1; while :; do read x </dev/zero; done");
	struct link_slot s = slot_after_crash(1);

	ck_assert_int_eq(s.pid, pid);
	ck_assert(s.exec_done && !s.ended);
	/* It ends while there is no manager at all. */
	manager->link = channel_free(manager->link);
	ck_assert_int_eq(kill(rig.keeper, SIGSTOP), 0);
	ck_assert_int_eq(kill(manager->pid, SIGKILL), 0);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(kill(rig.keeper, SIGCONT), 0);
	rig_await(&rig, manager);
	s = rig_hear(&rig, manager, LINK_SLOT).m.slot;
	if (!s.ended) { /* the manager's end was seen first */
		const struct link_proc p = hear_proc(LINK_EXITED, 1, 1);

		s.wait_status = p.status;
	}
	ck_assert(WIFSIGNALED(s.wait_status) && WTERMSIG(s.wait_status) == SIGKILL);
	rig_finish(&rig);
}
END_TEST

START_TEST(deposits_come_back_under_their_names)
{
	const struct link_msg one = { .type = LINK_DEPOSIT, .name = { "one" } };
	const struct link_msg two = { .type = LINK_DEPOSIT, .name = { "two" } };
	int a[2], b[2];
	struct heard h;

	ck_assert_int_eq(pipe2(a, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(b, O_CLOEXEC), 0);
	rig_say(manager, &one, a[0]);
	rig_say(manager, &two, b[0]);
	rig_say(manager, &one, b[0]); /* in place of the first */
	rig_say(manager, &two, -1); /* no longer */
	rig_replace(&rig, manager);
	(void)rig_hear_next(&rig, manager, LINK_HELLO);
	h = rig_hear_next(&rig, manager, LINK_DEPOSIT);
	ck_assert_str_eq(h.text, "one");
	ck_assert_uint_eq(inode(h.fd), inode(b[0]));
	(void)rig_hear_next(&rig, manager, LINK_BEGIN);
	fd_close(h.fd);
	for (int i = 0; i < 2; i++) {
		fd_close(a[i]);
		fd_close(b[i]);
	}
	rig_finish(&rig);
}
END_TEST

START_TEST(a_logger_has_its_own_deposits_and_hears_of_them_before_all_else)
{
	const struct link_msg m = { .type = LINK_DEPOSIT, .name = { "same" } };
	const int a = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const int b = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct heard h;

	(void)spawn(1, 1, "true");
	rig_say(manager, &m, a);
	rig_say(logger, &m, a);
	rig_say(logger, &m, b); /* in place of its own, and of no other */
	rig_replace(&rig, manager);
	h = rig_hear(&rig, manager, LINK_DEPOSIT);
	ck_assert_uint_eq(inode(h.fd), inode(a));
	fd_close(h.fd);
	(void)rig_hear_next(&rig, manager, LINK_SLOT);
	rig_replace(&rig, logger);
	(void)rig_hear_next(&rig, logger, LINK_HELLO);
	h = rig_hear_next(&rig, logger, LINK_DEPOSIT);
	ck_assert_str_eq(h.text, "same");
	ck_assert_uint_eq(inode(h.fd), inode(b));
	fd_close(h.fd);
	fd_close(rig_hear_next(&rig, logger, LINK_PIPE).fd);
	rig_say(logger, &m, -1);
	rig_replace(&rig, logger);
	(void)rig_hear_next(&rig, logger, LINK_HELLO);
	fd_close(rig_hear_next(&rig, logger, LINK_PIPE).fd);
	fd_close(a);
	fd_close(b);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_killed_logger_costs_no_program_and_no_byte)
{
	int out, again, in[2];
	ino_t was;

	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	rig_spawn_with(&rig, 1, 1, "trap '' TERM; echo one; read x; echo two; read x",
		       &(struct link_spawn){ .umask = -1, .fds = 1 }, &in[0], 1);
	out = hear_pipe(1, 0);
	was = inode(out);
	rig_reads(out, "one\n");
	fd_close(out);
	rig_replace(&rig, logger);
	/* It writes while nobody reads, which is no reason for SIGPIPE. */
	ck_assert_int_eq(write(in[1], "\n", 1), 1);
	(void)rig_hear_next(&rig, logger, LINK_HELLO);
	again = hear_pipe(1, 0);
	ck_assert_uint_eq(inode(again), was);
	rig_reads(again, "two\n");
	(void)rig_hear(&rig, logger, LINK_BEGIN);
	ck_assert_uint_eq(rig_unheard(manager, LINK_EXITED), 0);
	fd_close(again);
	fd_close(in[0]);
	fd_close(in[1]);
	rig_finish(&rig);
}
END_TEST

/* Kill it; by return the keeper has seen that it is gone, and waits before it starts another.
 */
static void kill_logger(void)
{
	struct pollfd p = { .fd = (int)syscall(SYS_pidfd_open, logger->pid, 0),
			    .events = POLLIN };

	ck_assert_int_ge(p.fd, 0);
	logger->link = channel_free(logger->link);
	ck_assert_int_eq(kill(logger->pid, SIGKILL), 0);
	ck_assert_int_eq(poll(&p, 1, -1), 1);
	fd_close(p.fd);
	rig_spawn(&rig, 99, 1, "true");
	(void)rig_hear(&rig, manager, LINK_EXITED);
}

START_TEST(what_is_forgotten_while_there_is_no_logger_is_read_by_the_next)
{
	struct heard h;
	int last = -1;

	for (int i = 0; i < 3; i++)
		rig_replace(&rig, logger); /* so that the next one takes a while */
	(void)spawn(1, 1, "echo last words");
	(void)rig_hear(&rig, manager, LINK_EXITED);
	kill_logger();
	send_proc(LINK_FORGET, 1, 1);
	rig_await(&rig, logger);
	do {
		h = rig_hear_any(&rig, logger);
		if (h.m.type == LINK_PIPE && h.m.proc.id == 1 && h.m.proc.which == 0)
			last = TAKE_FD(h.fd);
		closep(&h.fd);
	} while (h.m.type != LINK_BEGIN && h.m.type != LINK_FORGET);
	ck_assert_int_eq(h.m.type, LINK_FORGET);
	ck_assert_uint_eq(h.m.proc.id, 1);
	rig_reads(last, "last words\n");
	fd_close(last);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_new_logger_gets_every_pipe_before_begin)
{
	enum { MANY = 400 };
	bool seen[MANY + 1][2] = { { false } };

	for (uint32_t i = 1; i <= MANY; i++)
		rig_spawn(&rig, i, 1, "true");
	for (int i = 0; i < MANY; i++)
		(void)rig_hear(&rig, manager, LINK_EXITED);
	rig_replace(&rig, logger);
	(void)rig_hear_next(&rig, logger, LINK_HELLO);
	for (int i = 0; i < 2 * MANY; i++) {
		struct heard h = rig_hear_next(&rig, logger, LINK_PIPE);

		ck_assert(!seen[h.m.proc.id][h.m.proc.which]);
		seen[h.m.proc.id][h.m.proc.which] = true;
		ck_assert_int_ge(h.fd, 0);
		fd_close(h.fd);
	}
	(void)rig_hear_next(&rig, logger, LINK_BEGIN);
	rig_finish(&rig);
}
END_TEST

START_TEST(nonsense_from_the_manager_costs_the_manager_alone)
{
	const pid_t pid = spawn(1, 1, "exec tail -f /dev/null");

	rig_say_type(manager, LINK_REOPEN); /* is not for the keeper */
	while (!manager->gone)
		loop_turn(rig.loop);
	rig_exit(manager, 0);
	rig_await(&rig, manager);
	ck_assert_int_eq(rig_hear(&rig, manager, LINK_SLOT).m.slot.pid, pid);
	rig_finish(&rig);
}
END_TEST

/* --- with few descriptors ---------------------------------------------------------------- */

static void setup_few(void)
{
	const struct rlimit few = { 100, 100 };

	rig_init(&rig);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	rig_start_ready(&rig, &plain);
}

START_TEST(without_room_for_a_program_it_is_refused_and_the_rest_goes_on)
{
	uint32_t fit = 0;
	struct link_proc p = { 0 };

	while (!p.error) {
		struct heard h;

		rig_spawn(&rig, ++fit, 1, "exec tail -f /dev/null");
		do
			h = rig_hear_any(&rig, manager);
		while (h.m.type != LINK_SPAWN_FAILED && h.m.type != LINK_EXEC_OK);
		p = h.m.proc;
	}
	ck_assert_int_eq(p.stage, 0);
	ck_assert_int_eq(p.error, EMFILE);
	ck_assert_uint_ge(fit, (100 - 70) / 3);
	rig_replace(&rig, manager); /* there is room enough for that */
	(void)rig_hear(&rig, manager, LINK_BEGIN);
	rig_finish(&rig);
}
END_TEST

static void add_crashes(TCase *tc)
{
	tcase_add_test(tc, an_exit_is_told_to_every_manager_until_it_is_settled);
	tcase_add_test(tc, a_program_lives_on_without_a_manager_and_its_end_is_kept);
	tcase_add_test(tc, deposits_come_back_under_their_names);
	tcase_add_test(tc, a_logger_has_its_own_deposits_and_hears_of_them_before_all_else);
	tcase_add_test(tc, a_killed_logger_costs_no_program_and_no_byte);
	tcase_add_test(tc, what_is_forgotten_while_there_is_no_logger_is_read_by_the_next);
	tcase_add_test(tc, a_new_logger_gets_every_pipe_before_begin);
	tcase_add_test(tc, nonsense_from_the_manager_costs_the_manager_alone);
}

static Suite *suite(void)
{
	Suite *s = suite_create("keeper_crashes");
	TCase *tc = harness_case(s, "crashes");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	add_crashes(tc);
	tc = harness_case(s, "few");
	tcase_add_checked_fixture(tc, setup_few, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, without_room_for_a_program_it_is_refused_and_the_rest_goes_on);
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
