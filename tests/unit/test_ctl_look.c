/* SPDX-License-Identifier: MIT */
/* test_ctl_look.c - status, pid, avail and version print what supervisorctl prints. */
#include "ctl_harness.h"

#define P(name, group, state, word, pid, text)                                                 \
	"{\"name\":\"" name "\",\"group\":\"" group "\",\"state\":" #state                     \
	",\"statename\":\"" word "\",\"pid\":" #pid ",\"description\":\"" text "\"}"
#define CAT   P("cat", "cat", 20, "RUNNING", 28697, "pid 28697, uptime 0:00:09")
#define W0    P("w0", "worker", 10, "STARTING", 11, "")
#define W1    P("w1", "worker", 100, "EXITED", 0, "Nov 22 11:36 PM")
#define FATAL P("bad", "bad", 200, "FATAL", 0, "can't find command '/x'")
#define LONG  P("a-process-with-a-very-long-name", "group", 20, "RUNNING", 7, "pid 7")
#define NONE(name)                                                                             \
	"{\"name\":\"" name "\",\"group\":\"\",\"status\":10,\"description\":\"BAD_NAME\"}"
#define STATUS(processes, missing) "{\"processes\":[" processes "],\"missing\":[" missing "]}"
#define AVAIL(name, group, inuse, auto, gp, pp)                                                \
	"{\"name\":\"" name "\",\"group\":\"" group "\",\"inuse\":" #inuse                     \
	",\"autostart\":" #auto ",\"group_prio\":" #gp ",\"process_prio\":" #pp "}"

/* clang-format off */
static const struct row rows[] = {
	{ "status", { SAYS("Status{}", STATUS(CAT, "")) },
	  "cat                              RUNNING   pid 28697, uptime 0:00:09\n", NULL, 0 },
	{ "status", { SAYS("Status{}", STATUS(CAT "," W0 "," W1, "")) },
	  "cat                              RUNNING   pid 28697, uptime 0:00:09\n"
	  "worker:w0                        STARTING  \n"
	  "worker:w1                        EXITED    Nov 22 11:36 PM\n", NULL, 3 },
	{ "status all", { SAYS("Status{}", STATUS(FATAL, "")) },
	  "bad                              FATAL     can't find command '/x'\n", NULL, 3 },
	{ "status cat all", { SAYS("Status{}", STATUS(W0, "")) },
	  "worker:w0                        STARTING  \n", NULL, 0 },
	{ "status", { SAYS("Status{}", STATUS(CAT "," LONG, "")) },
	  "cat                                     RUNNING   pid 28697, uptime 0:00:09\n"
	  "group:a-process-with-a-very-long-name   RUNNING   pid 7\n", NULL, 0 },
	{ "status worker:* cat",
	  { SAYS("Status{\"names\":[\"worker:*\",\"cat\"]}", STATUS(W0 "," CAT, "")) },
	  "worker:w0                        STARTING  \n"
	  "cat                              RUNNING   pid 28697, uptime 0:00:09\n", NULL, 0 },
	{ "status nosuch", { SAYS("Status{\"names\":[\"nosuch\"]}", STATUS("", NONE("nosuch"))) },
	  "nosuch: ERROR (no such process)\n", NULL, 4 },
	{ "status g:nosuch", { SAYS("Status{\"names\":[\"g:nosuch\"]}", STATUS("", NONE("g:nosuch"))) },
	  "g:nosuch: ERROR (no such process)\n", NULL, 4 },
	{ "status nosuch:*", { SAYS("Status{\"names\":[\"nosuch:*\"]}", STATUS("", NONE("nosuch:*"))) },
	  "nosuch: ERROR (no such group)\n", NULL, 4 },
	{ "status nosuch:", { SAYS("Status{\"names\":[\"nosuch:\"]}",
	    STATUS("", "{\"name\":\"\",\"group\":\"nosuch\",\"status\":10}")) },
	  "nosuch: ERROR (no such group)\n", NULL, 4 },
	{ "status cat nosuch",
	  { SAYS("Status{\"names\":[\"cat\",\"nosuch\"]}", STATUS(CAT, NONE("nosuch"))) },
	  "nosuch: ERROR (no such process)\n"
	  "cat                              RUNNING   pid 28697, uptime 0:00:09\n", NULL, 4 },
	{ "status", { SAYS("Status{}", STATUS("", "")) }, "", NULL, 0 },

	{ "pid", { SAYS("Info{}", "{\"pid\":4711}") }, "4711\n", NULL, 0 },
	{ "pid cat", { SAYS("Status{\"names\":[\"cat\"]}", STATUS(CAT, "")) }, "28697\n", NULL, 0 },
	{ "pid worker:w1", { SAYS("Status{\"names\":[\"worker:w1\"]}", STATUS(W1, "")) },
	  "0\n", NULL, 7 },
	{ "pid nosuch", { SAYS("Status{\"names\":[\"nosuch\"]}", STATUS("", NONE("nosuch"))) },
	  "No such process nosuch\n", NULL, 1 },
	{ "pid worker:*", { SAYS("Status{\"names\":[\"worker:*\"]}", STATUS(W0, "")) },
	  "No such process worker:*\n", NULL, 1 },
	{ "pid nosuch cat", { SAYS("Status{\"names\":[\"nosuch\"]}", STATUS("", NONE("nosuch"))),
			      SAYS("Status{\"names\":[\"cat\"]}", STATUS(CAT, "")) },
	  "No such process nosuch\n28697\n", NULL, 1 },
	{ "pid all", { SAYS("Status{}", STATUS(CAT "," W0 "," W1, "")) },
	  "28697\n11\n0\n", NULL, 0 },

	{ "avail", { SAYS("Avail{}", "{\"configs\":["
	    AVAIL("cat", "cat", true, true, 999, 999) "," AVAIL("w0", "worker", false, false, 1, -1)
	    "]}") },
	  "cat                              in use    auto      999:999\n"
	  "worker:w0                        avail     manual    1:-1\n", NULL, 0 },
	{ "version", { SAYS("Info{}", "{\"version\":\"0.9\",\"pid\":1}") }, "0.9\n", NULL, 0 },
};

static const struct row json_rows[] = {
	{ "status nosuch cat",
	  { SAYS("Status{\"names\":[\"nosuch\",\"cat\"]}",
	      "{\"processes\":[{\"name\":\"cat\",\"state\":0}],\"missing\":[" NONE("nosuch") "]}") },
	  "[\n  {\n    \"name\": \"cat\",\n    \"state\": 0\n  }\n]\n",
	  "nosuch: ERROR (no such process)\n", 3 },
	{ "status", { SAYS("Status{}", STATUS("", "")) }, "[]\n", NULL, 0 },
	{ "pid", { SAYS("Info{}", "{\"pid\":4711}") }, "{\n  \"pid\": 4711\n}\n", NULL, 0 },
	{ "pid worker:w1", { SAYS("Status{\"names\":[\"worker:w1\"]}", STATUS(W1, "")) },
	  "[\n  {\n    \"name\": \"w1\",\n    \"group\": \"worker\",\n    \"pid\": 0\n  }\n]\n",
	  NULL, 7 },
	{ "avail", { SAYS("Avail{}", "{\"configs\":[{\"name\":\"a\"}]}") },
	  "[\n  {\n    \"name\": \"a\"\n  }\n]\n", NULL, 0 },
	{ "version", { SAYS("Info{}", "{\"version\":\"0.9\"}") },
	  "{\n  \"version\": \"0.9\"\n}\n", NULL, 0 },
};

static const struct row terminal_rows[] = {
	{ "status", { SAYS("Status{}", STATUS(P("x", "x", 200, "FATAL", 0, "\\u001b[2J\\u009b"), "")) },
	  "x                                FATAL     \\x1b[2J\\xc2\\x9b\n", NULL, 3 },
	{ "status", { SAYS("Status{}", STATUS(P("\u00e9t\u00e9", "\u00e9t\u00e9", 20, "RUNNING", 1, "ok"), "")) },
	  "\u00e9t\u00e9                              RUNNING   ok\n", NULL, 0 },
};
/* clang-format on */

START_TEST(looking_prints_what_supervisorctl_prints)
{
	expect(&rows[_i], false, false);
}
END_TEST

START_TEST(with_json_standard_output_is_one_value)
{
	expect(&json_rows[_i], true, false);
}
END_TEST

START_TEST(a_terminal_gets_no_control_characters)
{
	expect(&terminal_rows[_i], false, true);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl look");
	TCase *tc = tcase_create("look");

	tcase_add_checked_fixture(tc, setup, teardown);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, looking_prints_what_supervisorctl_prints, 0, ARRAY_SIZE(rows));
	tcase_add_loop_test(tc, with_json_standard_output_is_one_value, 0,
			    ARRAY_SIZE(json_rows));
	tcase_add_loop_test(tc, a_terminal_gets_no_control_characters, 0,
			    ARRAY_SIZE(terminal_rows));
	return s;
}

int main(void)
{
	return harness_run(suite());
}
