/* SPDX-License-Identifier: MIT */
/* test_server.c - the control server: what is asked, who may, and what comes back. */
#include "server_harness.h"

START_TEST(a_request_reaches_the_owner_and_its_reply_the_client)
{
	const int c = client();

	call(c, START, "{\"names\":[\"web\"]}");
	turn();
	ck_assert_uint_eq(n_held, 1);
	ck_assert_int_eq(held[0].command, CMD_START);
	ck_assert_int_eq(held[0].right, RIGHT_ADMINISTER);
	ck_assert(!held[0].more);
	ck_assert_str_eq(json_string_value(json_array_get(
				 json_object_get(held[0].parameters, "names"), 0)),
			 "web");
	ck_assert_str_eq(heard(c), "(nothing)");

	reply(0, "done");
	turn();
	ck_assert_str_eq(heard(c), "{\"parameters\":{\"text\":\"done\"}}|");
	close(c);
}
END_TEST

START_TEST(a_request_may_come_in_single_bytes)
{
	static const char text[] = "{\"method\":\"" STATUS "\"}";
	const int c = client();

	for (size_t i = 0; i < sizeof text; i++) {
		ck_assert_uint_eq(n_held, 0);
		say_n(c, text + i, 1, NULL, 0);
		turn();
	}
	ck_assert_uint_eq(n_held, 1);
	close(c);
}
END_TEST

START_TEST(requests_of_one_connection_are_served_in_order)
{
	static const char both[] = "{\"method\":\"" START "\",\"parameters\":{\"names\":[]}}\0"
				   "{\"method\":\"" STATUS "\"}";
	const int c = client();

	say_n(c, both, sizeof both, NULL, 0);
	turn();
	ck_assert_uint_eq(n_held, 1);
	reply(0, "first");
	turn();
	ck_assert_uint_eq(n_held, 2);
	ck_assert_int_eq(held[1].command, CMD_STATUS);
	ck_assert_uint_eq(held[1].conn, held[0].conn);
	ck_assert_uint_ne(held[1].serial, held[0].serial);
	reply(1, "second");
	turn();
	ck_assert_str_eq(heard(c), "{\"parameters\":{\"text\":\"first\"}}|"
				   "{\"parameters\":{\"text\":\"second\"}}|");
	close(c);
}
END_TEST

START_TEST(one_who_waits_does_not_hold_up_another)
{
	const int a = client(), b = client();

	call(a, START, "{\"names\":[]}");
	turn();
	call(b, STATUS, "{}");
	turn();
	ck_assert_uint_eq(n_held, 2);
	reply(1, "b");
	turn();
	ck_assert_str_eq(heard(b), "{\"parameters\":{\"text\":\"b\"}}|");
	ck_assert_str_eq(heard(a), "(nothing)");
	close(a);
	close(b);
}
END_TEST

START_TEST(with_more_replies_come_one_by_one)
{
	const int c = client();

	say(c, "{\"method\":\"" START "\",\"parameters\":{\"names\":[]},\"more\":true}");
	turn();
	ck_assert(held[0].more);
	server_reply(server, held[0].conn, held[0].serial, json_object(), true);
	turn();
	ck_assert_str_eq(heard(c), "{\"parameters\":{},\"continues\":true}|");
	ck_assert(server_waits(server, held[0].conn, held[0].serial));
	reply(0, "end");
	ck_assert(!server_waits(server, held[0].conn, held[0].serial));
	turn();
	ck_assert_str_eq(heard(c), "{\"parameters\":{\"text\":\"end\"}}|");
	close(c);
}
END_TEST

START_TEST(a_reply_that_was_not_asked_for_is_not_sent)
{
	const int c = client();
	const struct request *rq = &held[0];

	call(c, STATUS, "{}");
	turn();
	ck_assert_int_eq(server_reply(server, rq->conn, rq->serial, json_object(), true),
			 -EINVAL);
	ck_assert_int_eq(server_reply(server, rq->conn, rq->serial + 1, json_object(), false),
			 -EINVAL);
	reply(0, "once");
	ck_assert_int_eq(server_reply(server, rq->conn, rq->serial, json_object(), false),
			 -EINVAL);
	ck_assert_int_eq(
		server_error(server, rq->conn, rq->serial, "ShuttingDown", json_object()),
		-EINVAL);
	turn();
	ck_assert_str_eq(heard(c), "{\"parameters\":{\"text\":\"once\"}}|");
	close(c);
}
END_TEST

START_TEST(an_error_is_named_after_its_interface)
{
	const int c = client();

	call(c, STATUS, "{}");
	turn();
	ck_assert_int_eq(server_error(server, held[0].conn, held[0].serial, "ShuttingDown",
				      json_object()),
			 0);
	turn();
	ck_assert_str_eq(heard(c),
			 "{\"error\":\"io.reeve.control.ShuttingDown\",\"parameters\":{}}|");
	close(c);
}
END_TEST

START_TEST(a_reply_without_memory_ends_the_connection)
{
	const int c = client();

	call(c, STATUS, "{}");
	turn();
	ck_assert_int_eq(server_reply(server, held[0].conn, held[0].serial, NULL, false),
			 -ENOMEM);
	turn();
	ck_assert_str_eq(heard(c), "(end)");
	close(c);
}
END_TEST

START_TEST(a_oneway_call_gets_no_reply)
{
	const int c = client();

	say(c, "{\"method\":\"" STATUS "\",\"oneway\":true}");
	call(c, STATUS, "{}");
	turn();
	ck_assert_uint_eq(n_held, 1);
	reply(0, "unheard");
	turn();
	ck_assert_uint_eq(n_held, 2);
	reply(1, "heard");
	turn();
	ck_assert_str_eq(heard(c), "{\"parameters\":{\"text\":\"heard\"}}|");
	close(c);
}
END_TEST

START_TEST(when_a_client_leaves_the_owner_is_told_and_a_late_reply_finds_nobody)
{
	const int c = client();

	call(c, START, "{\"names\":[]}");
	turn();
	close(c);
	turn();
	ck_assert_uint_eq(n_gone, 1);
	ck_assert_uint_eq(gone[0], held[0].conn);
	ck_assert_uint_eq(server_count(server), 0);
	reply(0, "too late");
	turn();
	ck_assert_uint_eq(n_gone, 1);
}
END_TEST

START_TEST(the_owner_is_not_told_of_those_whom_it_owes_nothing)
{
	const int a = client(), b = client();

	call(a, STATUS, "{}");
	turn();
	reply(0, "");
	close(a);
	close(b);
	turn();
	ck_assert_uint_eq(server_count(server), 0);
	ck_assert_uint_eq(n_gone, 0);
}
END_TEST

START_TEST(connections_never_get_the_id_of_an_earlier_one)
{
	for (uint64_t i = 0; i < 3; i++) {
		const int c = client();

		call(c, STATUS, "{}");
		turn();
		ck_assert_uint_eq(n_held, i + 1);
		for (uint64_t k = 0; k < i; k++)
			ck_assert_uint_ne(held[k].conn, held[i].conn);
		close(c);
		turn();
	}
}
END_TEST

START_TEST(who_says_that_it_sends_no_more_still_gets_its_replies)
{
	static const char both[] = "{\"method\":\"" STATUS "\"}\0{\"method\":\"" STATUS "\"}";
	const int c = client();

	say_n(c, both, sizeof both, NULL, 0);
	shutdown(c, SHUT_WR);
	turn();
	reply(0, "one");
	turn();
	reply(1, "two");
	turn();
	ck_assert_str_eq(heard(c), "{\"parameters\":{\"text\":\"one\"}}|"
				   "{\"parameters\":{\"text\":\"two\"}}|");
	ck_assert_str_eq(heard(c), "(end)");
	ck_assert_uint_eq(n_gone, 0);
	close(c);
}
END_TEST

/* clang-format off */
static const struct {
	const char *call, *reply;
} refusals[] = {
	{ "{\"method\":\"io.reeve.control.Frobnicate\"}",
	  "{\"error\":\"org.varlink.service.MethodNotFound\","
	  "\"parameters\":{\"method\":\"io.reeve.control.Frobnicate\"}}|" },
	{ "{\"method\":\"org.varlink.service.Frobnicate\"}",
	  "{\"error\":\"org.varlink.service.MethodNotFound\","
	  "\"parameters\":{\"method\":\"org.varlink.service.Frobnicate\"}}|" },
	{ "{\"method\":\"com.example.Foo\"}",
	  "{\"error\":\"org.varlink.service.InterfaceNotFound\","
	  "\"parameters\":{\"interface\":\"com.example\"}}|" },
	{ "{\"method\":\"io.reeve.control.__class__.Start\"}",
	  "{\"error\":\"io.reeve.control.Failed\","
	  "\"parameters\":{\"what\":\"this is not a Varlink call\"}}|" },
	{ "{\"method\":\"io.reeve.control.Start\"}",
	  "{\"error\":\"org.varlink.service.InvalidParameter\","
	  "\"parameters\":{\"parameter\":\"names\"}}|" },
	{ "{\"method\":\"io.reeve.control.Start\",\"parameters\":{\"names\":[1]}}",
	  "{\"error\":\"org.varlink.service.InvalidParameter\","
	  "\"parameters\":{\"parameter\":\"names\"}}|" },
	{ "{\"method\":\"io.reeve.control.Status\",\"parameters\":{\"shape\":1}}",
	  "{\"error\":\"org.varlink.service.InvalidParameter\","
	  "\"parameters\":{\"parameter\":\"shape\"}}|" },
	{ "{\"method\":\"org.varlink.service.GetInterfaceDescription\"}",
	  "{\"error\":\"org.varlink.service.InvalidParameter\","
	  "\"parameters\":{\"parameter\":\"interface\"}}|" },
	{ "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
	  "\"parameters\":{\"interface\":\"a.b\"}}",
	  "{\"error\":\"org.varlink.service.InterfaceNotFound\","
	  "\"parameters\":{\"interface\":\"a.b\"}}|" },
};
/* clang-format on */

START_TEST(what_is_wrong_with_a_call_is_said_and_the_owner_never_sees_it)
{
	const int c = client();

	say(c, refusals[_i].call);
	turn();
	ck_assert_str_eq(heard(c), refusals[_i].reply);
	ck_assert_uint_eq(n_held, 0);
	close(c);
}
END_TEST

/* The parameters of the one reply that @fd has got; to be freed. */
static json_t *heard_parameters(int fd)
{
	struct varlink_reply r;
	const char *text = heard(fd);
	json_t *p;

	ck_assert_int_eq(varlink_parse_reply(text, strlen(text) - 1, &r), VARLINK_OK);
	ck_assert_ptr_null(r.error);
	p = json_incref(r.parameters);
	varlink_reply_done(&r);
	return p;
}

START_TEST(the_service_describes_itself)
{
	const int c = client();
	json_t *r;

	call(c, SERVICE_INTERFACE ".GetInfo", "{}");
	turn();
	r = heard_parameters(c);
	ck_assert_str_eq(json_string_value(json_object_get(r, "version")), REEVE_VERSION);
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(r, "interfaces"), 1)),
			 CONTROL_INTERFACE);
	json_decref(r);

	call(c, SERVICE_INTERFACE ".GetInterfaceDescription",
	     "{\"interface\":\"" CONTROL_INTERFACE "\"}");
	turn();
	r = heard_parameters(c);
	ck_assert_str_eq(json_string_value(json_object_get(r, "description")),
			 interface_text(CONTROL_INTERFACE));
	json_decref(r);
	close(c);
}
END_TEST

START_TEST(who_may_only_look_cannot_operate)
{
	int c;

	peer_right = RIGHT_LOOK;
	c = client();
	call(c, START, "{\"names\":[]}");
	turn();
	ck_assert_str_eq(heard(c), "{\"error\":\"io.reeve.control.NotPermitted\","
				   "\"parameters\":{\"right\":\"operate\"}}|");
	call(c, CONTROL_INTERFACE ".Shutdown", "{}");
	turn();
	ck_assert_str_eq(heard(c), "{\"error\":\"io.reeve.control.NotPermitted\","
				   "\"parameters\":{\"right\":\"administer\"}}|");
	ck_assert_uint_eq(n_held, 0);
	call(c, STATUS, "{}");
	turn();
	ck_assert_uint_eq(n_held, 1);
	close(c);
}
END_TEST

START_TEST(a_stranger_is_turned_away)
{
	int c;

	peer_right = RIGHT_NONE;
	c = client();
	turn();
	ck_assert_str_eq(heard(c), "{\"error\":\"io.reeve.control.NotPermitted\","
				   "\"parameters\":{\"right\":\"look\"}}|");
	ck_assert_str_eq(heard(c), "(end)");
	ck_assert_uint_eq(server_count(server), 0);
	close(c);
}
END_TEST

START_TEST(nothing_to_do_is_nothing_to_wake_up_for)
{
	int c;

	turn();
	ck_assert(mono_is_never(server_due(server)));
	c = client();
	turn();
	ck_assert(mono_is_never(server_due(server)));
	call(c, START, "{\"names\":[]}");
	turn();
	ck_assert(mono_is_never(server_due(server)));
	reply(0, "");
	ck_assert(mono_before(server_due(server), now));
	server_tick(server, now);
	ck_assert(mono_is_never(server_due(server)));
	close(c);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("server");
	TCase *tc = tcase_create("requests");

	tcase_add_checked_fixture(tc, setup, teardown);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, a_request_reaches_the_owner_and_its_reply_the_client);
	tcase_add_test(tc, a_request_may_come_in_single_bytes);
	tcase_add_test(tc, requests_of_one_connection_are_served_in_order);
	tcase_add_test(tc, one_who_waits_does_not_hold_up_another);
	tcase_add_test(tc, with_more_replies_come_one_by_one);
	tcase_add_test(tc, a_reply_that_was_not_asked_for_is_not_sent);
	tcase_add_test(tc, an_error_is_named_after_its_interface);
	tcase_add_test(tc, a_reply_without_memory_ends_the_connection);
	tcase_add_test(tc, a_oneway_call_gets_no_reply);
	tcase_add_test(tc,
		       when_a_client_leaves_the_owner_is_told_and_a_late_reply_finds_nobody);
	tcase_add_test(tc, the_owner_is_not_told_of_those_whom_it_owes_nothing);
	tcase_add_test(tc, connections_never_get_the_id_of_an_earlier_one);
	tcase_add_test(tc, who_says_that_it_sends_no_more_still_gets_its_replies);
	tcase_add_loop_test(tc, what_is_wrong_with_a_call_is_said_and_the_owner_never_sees_it,
			    0, ARRAY_SIZE(refusals));
	tcase_add_test(tc, the_service_describes_itself);
	tcase_add_test(tc, who_may_only_look_cannot_operate);
	tcase_add_test(tc, a_stranger_is_turned_away);
	tcase_add_test(tc, nothing_to_do_is_nothing_to_wake_up_for);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
