/* SPDX-License-Identifier: MIT */
/* test_jobs_protocol.c - sessions, numbers and refusals, as the control protocol has them. */
#include <inttypes.h>

#include "tests/integration/jobs.h"
#include "tests/integration/wire_client.h"

#define FAILED(what)                                                                           \
	"{\"error\":\"io.reeve.control.Failed\",\"parameters\":{\"what\":\"" what "\"}}"
#define INVALID(name)                                                                          \
	"{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":"   \
	"\"" name "\"}}"
#define ID(n) "{\"parameters\":{\"id\":" #n "}}"

static struct client a = { .fd = -1 }, b = { .fd = -1 };

static void setup(void)
{
	jobs_setup();
}

static void teardown(void)
{
	client_done(&a);
	client_done(&b);
	jobs_teardown();
}

static void connect_both(void)
{
	client_done(&a);
	client_done(&b);
	a = client_of(&in);
	b = client_of(&in);
}

/* Attach with @b to session "s"; the environment is that of a puppet. */
static void attach(const char *more)
{
	char text[2000];
	json_t *reply;

	snprintf(text, sizeof text,
		 "{\"session\":\"s\",\"template\":{\"clean_env\":true,\"env\":[\"PATH=%s\","
		 "\"PUPPET_DIR=%s\"]}%s}",
		 getenv("PATH"), in.dir, more);
	client_call(&b, "Attach", text, true, NULL, 0);
	reply = client_hear(&b);
	ck_assert(json_is_true(json_object_get(reply, "continues")));
	ck_assert_uint_eq(json_object_size(json_object_get(reply, "parameters")), 0);
	json_decref(reply);
}

/* Run as number @seq of session "s". */
static const char *run(int seq, int seen, const char *stages)
{
	char text[2000];

	snprintf(text, sizeof text,
		 "{\"session\":\"s\",\"seq\":%d,\"seen\":%d,\"job\":{\"stages\":%s}}", seq,
		 seen, stages);
	return client_ask(&a, "Run", text);
}

/* The next result that the session hears of: its seq and its status. */
static void expect_result(int seq, int status)
{
	json_t *reply = client_hear(&b);
	const json_t *job = json_object_get(json_object_get(reply, "parameters"), "job");

	ck_assert_ptr_nonnull(job);
	ck_assert_int_eq(json_integer_value(json_object_get(job, "seq")), seq);
	ck_assert_int_eq(json_integer_value(json_object_get(job, "status")), status);
	json_decref(reply);
}

#define EXIT(code)  "[[\"puppet\",\"exit\",\"" #code "\"]]"
#define WAITS(name) "[[\"env\",\"SUPERVISOR_PROCESS_NAME=" name "\",\"puppet\",\"wait\"]]"

START_TEST(to_say_a_number_again_starts_nothing_new)
{
	instance_run(&in, "");
	connect_both();
	attach("");
	ck_assert_str_eq(run(5, 0, WAITS("x")), ID(1));
	instance_hear(&in, "x", "ready");
	ck_assert_str_eq(run(5, 0, WAITS("x")), ID(1));
	ck_assert_str_eq(run(6, 0, EXIT(3)), ID(2));
	expect_result(6, 3);
	ck_assert_str_eq(run(6, 0, EXIT(3)), ID(2));
	ck_assert_str_eq(run(7, 0, EXIT(4)), ID(3));
	expect_result(7, 4);
	ck_assert(!instance_heard(&in, "x", "ready"));
}
END_TEST

START_TEST(results_that_were_taken_are_forgotten)
{
	instance_run(&in, "");
	connect_both();
	attach("");
	for (int i = 0; i < 3; i++) {
		(void)run(i, 0, EXIT(0));
		expect_result(i, 0);
	}
	ck_assert_str_eq(run(3, 2, EXIT(0)), ID(4));
	expect_result(3, 0);
	QUIETLY(4, "jobs", "1");
	QUIETLY(4, "jobs", "2");
	QUIETLY(0, "jobs", "3");
	QUIETLY(0, "jobs", "4");
}
END_TEST

START_TEST(results_that_were_not_taken_come_again_after_a_crash)
{
	instance_run(&in, "");
	connect_both();
	attach("");
	ck_assert_str_eq(run(0, 0, EXIT(0)), ID(1));
	expect_result(0, 0);
	ck_assert_str_eq(run(1, 1, EXIT(1)), ID(2));
	expect_result(1, 1);
	ck_assert_str_eq(run(2, 1, EXIT(2)), ID(3));
	expect_result(2, 2);
	ck_assert_str_eq(run(3, 1, WAITS("x")), ID(4));
	instance_hear(&in, "x", "ready");
	kill_manager();
	connect_both();
	attach("");
	expect_result(1, 1);
	expect_result(2, 2);
	instance_order(&in, "x", "exit 7");
	expect_result(3, 7);
	ck_assert_str_eq(run(3, 4, WAITS("x")), ID(5)); /* who took it would not ask */
	instance_hear(&in, "x", "ready");
}
END_TEST

START_TEST(the_end_of_attach_is_the_end_of_the_session)
{
	instance_run(&in, "[pool:one]\nslots=1\n");
	connect_both();
	attach(",\"limit\":1");
	ck_assert_str_eq(run(0, 0, WAITS("x")), ID(1));
	instance_hear(&in, "x", "ready");
	ck_assert_str_eq(run(1, 0, WAITS("y")), ID(2));
	client_done(&b);
	instance_logged(&in, "job 1: ended: stopped");
	ck_assert_str_eq(run(2, 0, EXIT(0)),
			 "{\"error\":\"io.reeve.control.NoSuchSession\",\"parameters\":{"
			 "\"session\":\"s\"}}");
	EXPECT_CTL(&in, 0, "", "jobs");
	ck_assert(!instance_heard(&in, "y", "ready"));
	b = client_of(&in);
	attach("");
	ck_assert_str_eq(run(0, 0, EXIT(0)), ID(3));
	expect_result(0, 0);
}
END_TEST

START_TEST(a_session_has_one_caller)
{
	instance_run(&in, "");
	connect_both();
	ck_assert_str_eq(client_ask(&a, "Attach", "{\"session\":\"s\"}"),
			 FAILED("Attach needs \\\"more\\\""));
	attach("");
	client_call(&a, "Attach", "{\"session\":\"s\"}", true, NULL, 0);
	json_decref(client_hear(&a));
	ck_assert_str_eq(run(0, 0, EXIT(0)), ID(1));
	expect_result(0, 0);
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
	instance_run(&in, "");
	connect_both();
	attach("");
	ck_assert_str_eq(client_ask(&a, "Run", "{\"session\":\"t\",\"seq\":1,\"job\":{}}"),
			 "{\"error\":\"io.reeve.control.NoSuchSession\",\"parameters\":{"
			 "\"session\":\"t\"}}");
	ck_assert_str_eq(client_ask(&a, "Run", "{\"session\":\"s\",\"job\":{}}"),
			 INVALID("seq"));
	ck_assert_str_eq(run(1, 0, "[]"), INVALID("job.stages"));
	ck_assert_str_eq(client_ask(&a, "Run", "{\"job\":{}}"), INVALID("job.stages"));
	ck_assert_str_eq(
		client_ask(&a, "Run", "{\"job\":{\"stages\":[[\"x\"]],\"stdin\":\"log\"}}"),
		INVALID("job.stdin"));
	ck_assert_str_eq(
		client_ask(&a, "Run", "{\"job\":{\"stages\":[[\"x\"]],\"stdin\":\"fd\"}}"),
		"{\"error\":\"io.reeve.control.NoDescriptor\",\"parameters\":{}}");
	ck_assert_str_eq(
		client_ask(&a, "Run", "{\"job\":{\"stages\":[[\"x\"]],\"pool\":\"none\"}}"),
		"{\"error\":\"io.reeve.control.NoSuchPool\",\"parameters\":{"
		"\"pool\":\"none\"}}");
	ck_assert_str_eq(
		client_ask(&a, "Run", "{\"job\":{\"stages\":[[\"x\"]],\"after\":[77]}}"),
		"{\"error\":\"io.reeve.control.NoSuchJob\",\"parameters\":{\"id\":77}}");
	ck_assert_str_eq(client_ask(&a, "Output",
				    "{\"id\":77,\"channel\":\"stdout\","
				    "\"bytes\":0,\"follow\":false}"),
			 "{\"error\":\"io.reeve.control.NoDescriptor\",\"parameters\":{}}");
	EXPECT_CTL(&in, 0, "", "jobs");
}
END_TEST

START_TEST(descriptors_go_to_the_streams_that_ask_for_them)
{
	char text[64] = "";
	int p[2];

	instance_run(&in, "");
	connect_both();
	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	client_call(&a, "Run",
		    "{\"job\":{\"stages\":[[\"sh\",\"-c\",\"echo out; echo err >&2\"]],"
		    "\"stdout\":\"null\",\"stderr\":\"fd\"}}",
		    false, &p[1], 1);
	close(p[1]);
	json_decref(client_hear(&a));
	ck_assert_int_eq(read(p[0], text, sizeof text), 4);
	ck_assert_str_eq(text, "err\n");
	ck_assert_int_eq(read(p[0], text, sizeof text), 0);
	close(p[0]);
}
END_TEST

START_TEST(who_waits_for_any_is_told_of_the_first)
{
	json_t *reply, *jobs;

	instance_run(&in, "");
	QUIETLY(0, "run", "--detach", "--", PUPPET("x"), "wait");
	QUIETLY(0, "run", "--detach", "--", PUPPET("y"), "wait");
	instance_hear(&in, "x", "ready");
	instance_hear(&in, "y", "ready");
	connect_both();
	client_call(&a, "WaitJobs", "{\"ids\":[1,2,2,9],\"any\":true}", false, NULL, 0);
	client_call(&b, "WaitJobs", "{\"ids\":[1,2]}", true, NULL, 0);
	json_decref(client_hear(&b)); /* what has ended before: nothing */
	instance_order(&in, "y", "exit 1");
	reply = client_hear(&a);
	jobs = json_object_get(json_object_get(reply, "parameters"), "jobs");
	ck_assert_uint_eq(json_array_size(jobs), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(jobs, 0), "id")), 2);
	json_decref(reply);
	reply = client_hear(&b);
	ck_assert(json_is_true(json_object_get(reply, "continues")));
	json_decref(reply);
	instance_order(&in, "x", "exit 0");
	reply = client_hear(&b);
	ck_assert_ptr_null(json_object_get(reply, "continues"));
	json_decref(reply);
}
END_TEST

static void expect_outcome(const char *method, const char *parameters, int status)
{
	json_t *reply = json_loads(client_ask(&a, method, parameters), 0, NULL);
	json_t *list = json_object_get(json_object_get(reply, "parameters"), "outcomes");

	ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(list, 0), "status")),
			 status);
	json_decref(reply);
}

START_TEST(each_job_has_its_outcome)
{
	instance_run(&in, "");
	connect_both();
	QUIETLY(0, "run", "--detach", "--", PUPPET("x"), "note", "10", "note", "15", "wait");
	instance_hear(&in, "x", "ready");
	QUIETLY(0, "run", "--detach", "--after", "1", "--", PUPPET("y"), "wait");
	expect_outcome("KillJobs", "{\"ids\":[9]}", 10);
	expect_outcome("KillJobs", "{\"ids\":[1],\"signal\":\"NONE\"}", 11);
	expect_outcome("KillJobs", "{\"ids\":[1],\"waiting\":true}", 60);
	expect_outcome("KillJobs", "{\"ids\":[2],\"signal\":\"USR1\"}", 70);
	expect_outcome("Forget", "{\"ids\":[1]}", 91);
	expect_outcome("Forget", "{\"ids\":[2]}", 91);
	expect_outcome("KillJobs", "{\"ids\":[1],\"signal\":\"USR1\"}", 80);
	instance_hear(&in, "x", "10");
	expect_outcome("KillJobs", "{\"ids\":[2],\"waiting\":true}", 80);
	expect_outcome("KillJobs", "{\"ids\":[1]}", 80);
	instance_hear(&in, "x", "15");
	instance_order(&in, "x", "exit 3");
	EXPECT_CTL(&in, 3, "1: 3\n", "wait", "1");
	expect_outcome("Forget", "{\"ids\":[1]}", 80);
	expect_outcome("Forget", "{\"ids\":[1]}", 10);
	ck_assert(!instance_heard(&in, "y", "ready"));
}
END_TEST

START_TEST(no_more_results_are_kept_than_asked_for)
{
	instance_configure(&in, "job_history=2\n");
	instance_start(&in);
	for (int i = 1; i <= 4; i++) {
		char id[16];

		QUIETLY(0, "run", "--detach", "--", "true");
		snprintf(id, sizeof id, "%d", i);
		QUIETLY(0, "wait", id);
	}
	QUIETLY(4, "poll", "2");
	QUIETLY(0, "poll", "3");
	QUIETLY(0, "poll", "4");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("jobs' protocol");
	TCase *tc = harness_case(s, "protocol");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, to_say_a_number_again_starts_nothing_new);
	tcase_add_test(tc, results_that_were_taken_are_forgotten);
	tcase_add_test(tc, results_that_were_not_taken_come_again_after_a_crash);
	tcase_add_test(tc, the_end_of_attach_is_the_end_of_the_session);
	tcase_add_test(tc, a_session_has_one_caller);
	tcase_add_test(tc, what_is_wrong_is_named);
	tcase_add_test(tc, descriptors_go_to_the_streams_that_ask_for_them);
	tcase_add_test(tc, who_waits_for_any_is_told_of_the_first);
	tcase_add_test(tc, each_job_has_its_outcome);
	tcase_add_test(tc, no_more_results_are_kept_than_asked_for);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
