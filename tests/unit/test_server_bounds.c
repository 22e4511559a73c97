/* SPDX-License-Identifier: MIT */
/* test_server_bounds.c - clients that stall, flood, send garbage or never read cost nobody
 * else. */
#include "server_harness.h"

enum { PATIENCE = 30 * 1000, MANY = 1000 };

START_TEST(half_a_request_ends_its_connection_when_patience_does)
{
	const int slow = client(), good = client();

	say_n(slow, "{\"method\"", 9, NULL, 0);
	turn();
	ck_assert_int_eq(server_due(server).ms, now.ms + PATIENCE);
	pass(PATIENCE - 1);
	ck_assert_str_eq(heard(slow), "(nothing)");
	expect_answer(good);
	pass(1);
	ck_assert_str_eq(heard(slow), "(end)");
	ck_assert(mono_is_never(server_due(server)));
	expect_answer(good);
	close(slow);
	close(good);
}
END_TEST

START_TEST(dripping_bytes_do_not_buy_time)
{
	const int slow = client();

	for (int i = 0; i < 30; i++) {
		say_n(slow, " ", 1, NULL, 0);
		turn();
		ck_assert_str_eq(heard(slow), "(nothing)");
		pass(PATIENCE / 30);
	}
	ck_assert_str_eq(heard(slow), "(end)");
	close(slow);
}
END_TEST

START_TEST(each_request_has_its_own_time)
{
	const int c = client();
	const char text[] = "{\"method\":\"" STATUS "\"}";

	answers = true;
	for (int i = 0; i < 5; i++) {
		say_n(c, text, 5, NULL, 0);
		pass(PATIENCE - 1);
		say_n(c, text + 5, sizeof text - 5, NULL, 0);
		turn();
		ck_assert_str_eq(heard(c), "{\"parameters\":{\"text\":\"\"}}|");
	}
	close(c);
}
END_TEST

START_TEST(who_waits_for_a_reply_may_wait_for_ever)
{
	const int c = client();

	call(c, START, "{\"names\":[]}");
	say_n(c, "{", 1, NULL, 0);
	turn();
	ck_assert(mono_is_never(server_due(server)));
	pass(24 * 3600 * 1000);
	reply(0, "at last");
	turn();
	ck_assert_str_eq(heard(c), "{\"parameters\":{\"text\":\"at last\"}}|");
	close(c);
}
END_TEST

START_TEST(an_idle_connection_may_stay)
{
	const int c = client();

	turn();
	pass(24 * 3600 * 1000);
	expect_answer(c);
	close(c);
}
END_TEST

static const char *const garbage[] = {
	"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
	"",
	"null",
	"[]",
	"{\"method\":1}",
	"{\"method\":\"Status\"}",
	"{\"method\":\"io.reeve.control.Status\",\"more\":1}",
	"{\"method\":\"io.reeve.control.Status\",\"more\":true,\"oneway\":true}",
	"{\"method\":\"io.reeve.control.Status\",\"parameters\":[]}",
	"{\"method\":\"io.reeve.control.Status\",\"method\":\"io.reeve.control.Stop\"}",
	"{\"method\":\"io.reeve.control.Status\",\"surprise\":0}",
	"{\"method\":\"io.reeve.control.Status\"} {}",
	"{\"method\":\"io.reeve.control.Status\xff\"}",
};

START_TEST(garbage_ends_its_own_connection_only)
{
	const int bad = client(), good = client();

	say(bad, garbage[_i]);
	turn();
	ck_assert_str_eq(heard(bad), "{\"error\":\"io.reeve.control.Failed\","
				     "\"parameters\":{\"what\":\"this is not a Varlink "
				     "call\"}}|");
	ck_assert_str_eq(heard(bad), "(end)");
	ck_assert_uint_eq(n_held, 0);
	expect_answer(good);
	close(bad);
	close(good);
}
END_TEST

/* Send @n bytes of one message, as fast as the server takes them; false: it hung up. */
static bool pour(int fd, size_t n)
{
	static char block[4096];

	memset(block, ' ', sizeof block);
	while (n) {
		const ssize_t w = send(fd, block, n < sizeof block ? n : sizeof block,
				       MSG_NOSIGNAL | MSG_DONTWAIT);

		if (w < 0 && errno != EAGAIN)
			return false;
		if (w < 0)
			turn();
		else
			n -= (size_t)w;
	}
	for (int i = 0; i < 10; i++)
		turn();
	return true;
}

START_TEST(a_request_beyond_the_limit_is_refused)
{
	const size_t limit = _i == 0 ? VARLINK_MESSAGE_MAX : 64 << 10;
	int fits, over;

	peer_right = _i == 0 ? RIGHT_ADMINISTER : RIGHT_LOOK;
	fits = client();
	over = client();
	ck_assert(pour(fits, limit));
	ck_assert_str_eq(heard(fits), "(nothing)");
	(void)pour(over, limit + 1);
	ck_assert_str_eq(heard(over), "{\"error\":\"io.reeve.control.Failed\","
				      "\"parameters\":{\"what\":\"this call is too long\"}}|");
	ck_assert_str_eq(heard(over), "(end)");
	close(fits);
	close(over);
}
END_TEST

START_TEST(a_flood_of_requests_waits_in_its_own_socket)
{
	const int flood = client(), good = client();
	const char text[] = "{\"method\":\"" START "\",\"parameters\":{\"names\":[]}}";
	size_t sent = 0;

	for (int i = 0; i < 2; i++) {
		while (send(flood, text, sizeof text, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
			sent++;
		ck_assert_int_eq(errno, EAGAIN);
		turn();
	}
	ck_assert_uint_gt(sent, 100);
	ck_assert_uint_eq(n_held, 1);
	ck_assert(mono_is_never(server_due(server)));
	ck_assert_int_lt(send(flood, text, sizeof text, MSG_NOSIGNAL | MSG_DONTWAIT), 0);
	expect_answer(good);
	close(flood);
	close(good);
}
END_TEST

START_TEST(a_stream_that_is_not_read_ends_at_the_limit_and_the_owner_is_told)
{
	const int deaf = client(), good = client();
	char *text = malloc(100001);
	int n = 0;

	memset(text, 'x', 100000);
	text[100000] = '\0';
	say(deaf, "{\"method\":\"" START "\",\"parameters\":{\"names\":[]},\"more\":true}");
	turn();
	for (; !n_gone && n < 1000; n++) {
		server_reply(server, held[0].conn, held[0].serial,
			     json_pack("{s:s}", "text", text), true);
		turn();
	}
	free(text);
	ck_assert_int_gt(n, 40);
	ck_assert_int_lt(n, 50);
	ck_assert_uint_eq(gone[0], held[0].conn);
	expect_answer(good);
	close(deaf);
	close(good);
}
END_TEST

START_TEST(a_reply_that_is_not_read_is_given_up_when_patience_ends)
{
	const int deaf = client();

	answers = true;
	padding = 1 << 20;
	call(deaf, STATUS, "{}");
	turn();
	ck_assert_int_eq(server_due(server).ms, now.ms + PATIENCE);
	pass(PATIENCE - 1);
	ck_assert_uint_eq(server_count(server), 1);
	while (heard(deaf)[0] != '(')
		;
	turn();
	pass(PATIENCE - 1);
	ck_assert_uint_eq(server_count(server), 1);
	pass(1);
	ck_assert_uint_eq(server_count(server), 0);
	close(deaf);
}
END_TEST

START_TEST(a_long_reply_arrives_whole)
{
	const int c = client();
	size_t got = 0;

	answers = true;
	padding = 8 << 20;
	call(c, STATUS, "{}");
	for (const char *t; turn(), (t = heard(c)), t[0] != '(';)
		got += strlen(t);
	ck_assert_uint_eq(got, padding + strlen("{\"parameters\":{\"text\":\"\"}}|"));
	padding = 0;
	expect_answer(c);
	close(c);
}
END_TEST

START_TEST(no_further_request_is_served_to_who_does_not_read)
{
	const int deaf = client();
	const char text[] = "{\"method\":\"" STATUS "\"}";
	size_t got = 0;

	answers = true;
	padding = 1 << 20;
	for (int i = 0; i < 20; i++)
		say_n(deaf, text, sizeof text, NULL, 0);
	turn();
	ck_assert_uint_eq(asked, 1);
	for (const char *t; (t = heard(deaf)), t[0] != '('; turn())
		got += strlen(t);
	ck_assert_uint_eq(asked, 20);
	ck_assert_uint_eq(got, 20 * (padding + strlen("{\"parameters\":{\"text\":\"\"}}|")));
	close(deaf);
}
END_TEST

START_TEST(those_who_may_only_look_cannot_fill_the_memory_together)
{
	int deaf[20];

	peer_right = RIGHT_LOOK;
	answers = true;
	padding = 1 << 20;
	for (size_t i = 0; i < ARRAY_SIZE(deaf); i++) {
		deaf[i] = client();
		call(deaf[i], STATUS, "{}");
		turn();
	}
	ck_assert_uint_ge(server_count(server), 4);
	ck_assert_uint_le(server_count(server), 6);
	/* It is the oldest who had to go. */
	ck_assert_str_eq(strrchr(heard(deaf[19]), 'x') ? "some" : "none", "some");
	for (size_t i = 0; i < ARRAY_SIZE(deaf); i++)
		close(deaf[i]);
}
END_TEST

START_TEST(a_thousand_who_stall_leave_room_for_a_good_client)
{
	static int fds[MANY];
	struct rlimit files;
	int good;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = files.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	ck_assert_uint_gt(files.rlim_cur, MANY + 300);
	for (int i = 0; i < MANY; i++) {
		fds[i] = client();
		if (i % 2)
			say_n(fds[i], "{", 1, NULL, 0);
		turn();
		ck_assert_uint_le(server_count(server), 256);
		if (i % 100)
			continue;
		good = client();
		turn();
		expect_answer(good);
		close(good);
	}
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
	turn();
	ck_assert_uint_eq(server_count(server), 0);
}
END_TEST

/* A server for two connections. */
static void serve_two(void)
{
	struct server_limits limits = SERVER_LIMITS;

	limits.conns = 2;
	server = server_free(server);
	serve_with(&limits);
}

START_TEST(the_oldest_idle_one_makes_room)
{
	int a, b, c;

	serve_two();
	a = client();
	b = client();
	turn();
	expect_answer(a);
	c = client();
	turn();
	ck_assert_str_eq(heard(b), "(end)");
	expect_answer(a);
	expect_answer(c);
	close(a);
	close(b);
	close(c);
}
END_TEST

START_TEST(nobody_who_waits_for_a_reply_makes_room)
{
	int a, b, c;

	serve_two();
	a = client();
	b = client();
	call(a, START, "{\"names\":[]}");
	turn();
	call(b, START, "{\"names\":[]}");
	turn();
	c = client();
	turn();
	ck_assert_str_eq(heard(c), "{\"error\":\"io.reeve.control.TooManyConnections\","
				   "\"parameters\":{\"limit\":2}}|");
	ck_assert_str_eq(heard(c), "(end)");
	reply(0, "a");
	reply(1, "b");
	turn();
	ck_assert_str_eq(heard(a), "{\"parameters\":{\"text\":\"a\"}}|");
	ck_assert_str_eq(heard(b), "{\"parameters\":{\"text\":\"b\"}}|");
	close(a);
	close(b);
	close(c);
}
END_TEST

START_TEST(those_who_may_do_less_never_drive_out_those_who_may_do_more)
{
	int root, look[3];

	serve_two();
	root = client();
	turn();
	peer_right = RIGHT_LOOK;
	for (size_t i = 0; i < ARRAY_SIZE(look); i++) {
		look[i] = client();
		turn();
	}
	ck_assert_str_eq(heard(look[0]), "(end)");
	ck_assert_str_eq(heard(look[1]), "(end)");
	expect_answer(root);
	expect_answer(look[2]);
	close(root);
	for (size_t i = 0; i < ARRAY_SIZE(look); i++)
		close(look[i]);
}
END_TEST

START_TEST(a_server_that_ends_closes_what_it_holds)
{
	const int a = client(), b = client();

	call(a, START, "{\"names\":[]}");
	say_n(b, "{", 1, &listening, 1);
	turn();
	reply(0, "last words");
	server = server_free(server);
	ck_assert_str_eq(heard(a), "{\"parameters\":{\"text\":\"last words\"}}|");
	ck_assert_str_eq(heard(a), "(end)");
	ck_assert_uint_eq(n_gone, 0);
	close(a);
	close(b);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("server bounds");
	TCase *tc = tcase_create("bounds");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, half_a_request_ends_its_connection_when_patience_does);
	tcase_add_test(tc, dripping_bytes_do_not_buy_time);
	tcase_add_test(tc, each_request_has_its_own_time);
	tcase_add_test(tc, who_waits_for_a_reply_may_wait_for_ever);
	tcase_add_test(tc, an_idle_connection_may_stay);
	tcase_add_loop_test(tc, garbage_ends_its_own_connection_only, 0, ARRAY_SIZE(garbage));
	tcase_add_loop_test(tc, a_request_beyond_the_limit_is_refused, 0, 2);
	tcase_add_test(tc, a_flood_of_requests_waits_in_its_own_socket);
	tcase_add_test(tc, a_stream_that_is_not_read_ends_at_the_limit_and_the_owner_is_told);
	tcase_add_test(tc, a_reply_that_is_not_read_is_given_up_when_patience_ends);
	tcase_add_test(tc, a_long_reply_arrives_whole);
	tcase_add_test(tc, no_further_request_is_served_to_who_does_not_read);
	tcase_add_test(tc, those_who_may_only_look_cannot_fill_the_memory_together);
	tcase_add_test(tc, a_thousand_who_stall_leave_room_for_a_good_client);
	tcase_add_test(tc, the_oldest_idle_one_makes_room);
	tcase_add_test(tc, nobody_who_waits_for_a_reply_makes_room);
	tcase_add_test(tc, those_who_may_do_less_never_drive_out_those_who_may_do_more);
	tcase_add_test(tc, a_server_that_ends_closes_what_it_holds);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
