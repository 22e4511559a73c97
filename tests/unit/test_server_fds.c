/* SPDX-License-Identifier: MIT */
/* test_server_fds.c - the control server: descriptors that come with calls, and none left. */
#include "server_harness.h"

static const char tail[] = "{\"method\":\"" TAIL "\",\"parameters\":{\"name\":\"a\","
			   "\"channel\":\"stdout\",\"bytes\":0,\"follow\":false}}";

/* Whether @fd is the write end of the pipe that @other reads. */
static bool is_other_end(int fd, int other)
{
	char byte = 0;

	return write(fd, "x", 1) == 1 && read(other, &byte, 1) == 1 && byte == 'x';
}

START_TEST(a_descriptor_comes_with_its_call)
{
	const int c = client();
	int p[2];

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	say_n(c, tail, sizeof tail, &p[1], 1);
	close(p[1]);
	turn();
	ck_assert_uint_eq(n_held, 1);
	ck_assert(is_other_end(held[0].fds[0], p[0]));
	ck_assert(fcntl(held[0].fds[0], F_GETFD) & FD_CLOEXEC);
	close(p[0]);
	close(c);
}
END_TEST

START_TEST(each_of_two_calls_gets_its_own_descriptor)
{
	const int c = client();
	int p[2][2];

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(pipe2(p[i], O_CLOEXEC), 0);
		say_n(c, tail, sizeof tail, &p[i][1], 1);
		close(p[i][1]);
	}
	turn();
	reply(0, "");
	turn();
	ck_assert_uint_eq(n_held, 2);
	for (int i = 0; i < 2; i++) {
		ck_assert(is_other_end(held[i].fds[0], p[i][0]));
		close(p[i][0]);
	}
	close(c);
}
END_TEST

START_TEST(a_descriptor_of_the_first_bytes_waits_for_the_last)
{
	const int c = client();
	int p[2];

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	say_n(c, tail, 5, &p[1], 1);
	turn();
	say_n(c, tail + 5, sizeof tail - 5, &listening, 1);
	close(p[1]);
	turn();
	ck_assert_uint_eq(n_held, 1);
	ck_assert(is_other_end(held[0].fds[0], p[0]));
	close(p[0]);
	close(c);
}
END_TEST

START_TEST(descriptors_that_nobody_wants_are_closed)
{
	const int c = client();
	char byte;
	int p[2];

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	answers = true;
	for (int i = 0; i < 20; i++) {
		const int many[] = { p[1], p[1], p[1], p[1] };
		const char text[] = "{\"method\":\"" STATUS "\"}";

		say_n(c, text, sizeof text, many, 4);
		turn();
	}
	close(p[1]);
	ck_assert_int_eq(read(p[0], &byte, 1), 0);
	close(p[0]);
	close(c);
}
END_TEST

static const char run[] = "{\"method\":\"" RUN "\",\"parameters\":{\"job\":{}}}";

/* @n pipes, of which the client gives the write ends away. */
static void give_pipes(int c, const char *text, size_t len, int (*pipes)[2], int n)
{
	int ends[8];

	for (int i = 0; i < n; i++) {
		ck_assert_int_eq(pipe2(pipes[i], O_CLOEXEC), 0);
		ends[i] = pipes[i][1];
	}
	say_n(c, text, len, ends, (size_t)n);
	for (int i = 0; i < n; i++)
		close(ends[i]);
}

static void expect_pipes(const struct request *rq, int (*pipes)[2], unsigned n)
{
	ck_assert_uint_eq(rq->n_fds, n);
	for (unsigned i = 0; i < n; i++)
		ck_assert(is_other_end(rq->fds[i], pipes[i][0]));
	for (unsigned i = n; i < COMMAND_FDS; i++)
		ck_assert_int_eq(rq->fds[i], -1);
}

static void close_pipes(int (*pipes)[2], int n)
{
	for (int i = 0; i < n; i++)
		close(pipes[i][0]);
}

START_TEST(three_descriptors_come_in_their_order)
{
	const int c = client();
	int p[3][2];

	give_pipes(c, run, sizeof run, p, 3);
	turn();
	ck_assert_uint_eq(n_held, 1);
	expect_pipes(&held[0], p, 3);
	close_pipes(p, 3);
	close(c);
}
END_TEST

START_TEST(calls_in_a_row_keep_their_descriptors_apart)
{
	const int c = client();
	int p[6][3][2];

	for (int i = 0; i < 6; i++) {
		/* In two pieces, so that one read ends in the middle of the next call. */
		give_pipes(c, run, 9, p[i], 1 + i % 3);
		say_n(c, run + 9, sizeof run - 9, NULL, 0);
	}
	for (size_t i = 0; i < 6; i++) {
		turn();
		ck_assert_uint_eq(n_held, i + 1);
		reply(i, "");
	}
	for (int i = 0; i < 6; i++) {
		expect_pipes(&held[i], p[i], 1 + (unsigned)i % 3);
		close_pipes(p[i], 1 + i % 3);
	}
	close(c);
}
END_TEST

START_TEST(what_is_too_many_for_a_call_is_closed)
{
	const int c = client();
	char byte;
	int p[4][2];

	give_pipes(c, run, sizeof run, p, 4);
	turn();
	expect_pipes(&held[0], p, 3);
	ck_assert_int_eq(read(p[3][0], &byte, 1), 0);
	close_pipes(p, 4);
	reply(0, "");
	give_pipes(c, tail, sizeof tail, p, 2);
	turn();
	expect_pipes(&held[1], p, 1);
	ck_assert_int_eq(read(p[1][0], &byte, 1), 0);
	close_pipes(p, 2);
	close(c);
}
END_TEST

START_TEST(who_may_only_look_cannot_make_us_hold_any)
{
	int c, p[2][2];
	char byte;

	peer_right = RIGHT_LOOK;
	c = client();
	give_pipes(c, "{", 1, p, 2);
	turn();
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(read(p[i][0], &byte, 1), 0);
	close_pipes(p, 2);
	close(c);
}
END_TEST

/* No more descriptors from now on, in this process. */
static void exhaust(struct rlimit *before)
{
	struct rlimit none;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, before), 0);
	none = *before;
	none.rlim_cur = 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
}

START_TEST(without_descriptors_an_old_connection_makes_room)
{
	struct rlimit before;
	int a, b;

	a = client();
	turn();
	b = client();
	/* Its number is the next that can be given. */
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	before.rlim_cur = (rlim_t)b + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	turn();
	ck_assert_str_eq(heard(a), "(end)");
	expect_answer(b);
	close(a);
	close(b);
}
END_TEST

START_TEST(without_any_descriptor_the_server_looks_away_for_a_while)
{
	struct rlimit before;
	const int c = client();

	exhaust(&before);
	turn();
	ck_assert_int_eq(server_due(server).ms, now.ms + 1000);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	turn();
	ck_assert_uint_eq(server_count(server), 0);
	pass(1000);
	ck_assert(mono_is_never(server_due(server)));
	expect_answer(c);
	close(c);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("server descriptors");
	TCase *tc = tcase_create("descriptors");

	tcase_add_checked_fixture(tc, setup, teardown);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, a_descriptor_comes_with_its_call);
	tcase_add_test(tc, each_of_two_calls_gets_its_own_descriptor);
	tcase_add_test(tc, a_descriptor_of_the_first_bytes_waits_for_the_last);
	tcase_add_test(tc, three_descriptors_come_in_their_order);
	tcase_add_test(tc, calls_in_a_row_keep_their_descriptors_apart);
	tcase_add_test(tc, what_is_too_many_for_a_call_is_closed);
	tcase_add_test(tc, who_may_only_look_cannot_make_us_hold_any);
	tcase_add_test(tc, descriptors_that_nobody_wants_are_closed);
	tcase_add_test(tc, without_descriptors_an_old_connection_makes_room);
	tcase_add_test(tc, without_any_descriptor_the_server_looks_away_for_a_while);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
