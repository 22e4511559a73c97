/* SPDX-License-Identifier: MIT */
/* test_keeper_terminals.c - a program that has its caller's terminal. */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <termios.h>

#include "tests/unit/keeper_words.h"

static const struct link_spawn all_given = { .umask = -1, .fds = 7 };

struct terminal {
	int master, slave;
	struct termios was;
	int flags;
	char name[64];
};

static struct terminal make_terminal(void)
{
	struct terminal t;

	ck_assert_int_eq(openpty(&t.master, &t.slave, t.name, NULL, NULL), 0);
	ck_assert_int_eq(fcntl(t.master, F_SETFD, FD_CLOEXEC), 0);
	ck_assert_int_eq(fcntl(t.slave, F_SETFD, FD_CLOEXEC), 0);
	ck_assert_int_eq(tcgetattr(t.slave, &t.was), 0);
	t.flags = fcntl(t.slave, F_GETFL);
	return t;
}

/* Nobody has changed it, and nobody has got it for a controlling terminal. */
static void is_as_it_was(const struct terminal *t)
{
	struct termios now;

	ck_assert_int_eq(tcgetattr(t->slave, &now), 0);
	ck_assert_uint_eq(now.c_iflag, t->was.c_iflag);
	ck_assert_uint_eq(now.c_oflag, t->was.c_oflag);
	ck_assert_uint_eq(now.c_lflag, t->was.c_lflag);
	ck_assert_int_eq(fcntl(t->slave, F_GETFL), t->flags);
	ck_assert_int_eq(tcgetsid(t->master), -1);
	ck_assert_int_eq(errno, ENOTTY);
}

static void close_terminal(struct terminal *t)
{
	fd_close(t->master);
	fd_close(t->slave);
}

START_TEST(a_terminal_that_is_given_can_be_read_and_written_and_stays_the_callers)
{
	struct terminal t = make_terminal();
	const int fds[] = { t.slave, t.slave, t.slave };

	rig_spawn_with(&rig, 1, 1,
		       "test -t 0 && test -t 1 && test -t 2 || exit 1; tty || exit 2;"
		       "(: </dev/tty) 2>&- && exit 3; read x || exit 4; echo \"got $x\" >&2",
		       &all_given, fds, 3);
	rig_reads(t.master, t.name);
	rig_reads(t.master, "\r\n");
	is_as_it_was(&t);
	ck_assert_int_eq(write(t.master, "this\n", 5), 5);
	rig_reads(t.master, "this\r\ngot this\r\n"); /* with its echo */
	ck_assert_int_eq(exit_code(1, 1), 0);
	is_as_it_was(&t);
	close_terminal(&t);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_terminal_that_does_not_block_goes_on_like_that)
{
	struct terminal t = make_terminal();
	const int fds[] = { t.slave, t.slave, t.slave };

	t.flags |= O_NONBLOCK;
	ck_assert_int_eq(fcntl(t.slave, F_SETFL, t.flags), 0);
	rig_spawn_with(&rig, 1, 1, "test -t 0", &all_given, fds, 3);
	ck_assert_int_eq(exit_code(1, 1), 0);
	is_as_it_was(&t);
	close_terminal(&t);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_terminal_that_is_opened_as_input_does_not_become_the_controlling_one)
{
	struct terminal t = make_terminal();
	const struct link_spawn more = { .umask = -1, .stdin_path = t.name };
	int out;

	rig_spawn_as(&rig, 1, 1, "test -t 0 && echo up; read x; echo \"got $x\"", &more);
	out = hear_pipe(1, 0);
	rig_reads(out, "up\n");
	is_as_it_was(&t);
	ck_assert_int_eq(write(t.master, "this\n", 5), 5);
	rig_reads(out, "got this\n");
	fd_close(out);
	close_terminal(&t);
	rig_finish(&rig);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("keeper_terminals");
	TCase *tc = harness_case(s, "terminals");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc,
		       a_terminal_that_is_given_can_be_read_and_written_and_stays_the_callers);
	tcase_add_test(tc, a_terminal_that_does_not_block_goes_on_like_that);
	tcase_add_test(tc,
		       a_terminal_that_is_opened_as_input_does_not_become_the_controlling_one);
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
