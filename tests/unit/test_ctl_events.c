/* SPDX-License-Identifier: MIT */
/* test_ctl_events.c - events: lines, JSON lines, and a manager that is replaced. */
#include <time.h>

#include "ctl_script.h"

#define ASK(filter, names, from)                                                               \
	"Events{\"filter\":[" filter "],\"names\":[" names "]," from "}"
#define EVENT(serial, type, more)                                                              \
	"{\"serial\":" #serial ",\"time_ms\":1000,\"event\":\"" type "\"" more "}"
#define TOLD(list, lost, next) "{\"events\":[" list "],\"lost\":" #lost ",\"next\":" #next "}"
#define WEB		       ",\"process\":\"web\",\"group\":\"web\""
#define NAMED_W1	       ",\"process\":\"w1\",\"group\":\"w\""

/* clang-format off */
static const struct row rows[] = {
	{ "events", { SAYS(ASK("", "", "\"last\":100"), TOLD("", 0, 0)) }, NULL, NULL, 0 },
	{ "events -n 2 web -t PROCESS_STATE w:* -tJOB_ENDED",
	  { SAYS(ASK("\"PROCESS_STATE\",\"JOB_ENDED\"", "\"web\",\"w:*\"", "\"last\":2"), TOLD("", 0, 0)) }, NULL, NULL, 0 },
	{ "events -n all", { SAYS(ASK("", "", "\"last\":-1"), TOLD(
	  EVENT(0, "PROCESS_GROUP_ADDED", ",\"group\":\"w\"") ","
	  EVENT(1, "SUPERVISOR_STATE_CHANGE_RUNNING", "") ","
	  EVENT(2, "PROCESS_STATE_STARTING", NAMED_W1 ",\"from_state\":\"STOPPED\",\"tries\":0") ","
	  EVENT(3, "PROCESS_STATE_RUNNING", WEB ",\"from_state\":\"STARTING\",\"pid\":12") ","
	  EVENT(4, "PROCESS_STATE_EXITED", WEB ",\"from_state\":\"RUNNING\",\"pid\":12,\"expected\":false") ","
	  EVENT(5, "PROCESS_LOG_STDOUT", WEB ",\"pid\":12,\"data\":\"a\\u001b[1m\\n\\u00e4\"") ","
	  EVENT(6, "OUTPUT_DROPPED", WEB ",\"pid\":12,\"channel\":\"stderr\",\"bytes\":77") ","
	  EVENT(7, "JOB_ENDED", ",\"job\":5,\"expected\":true,\"data\":\"exit status 0\""), 0, 8)) },
	  "1970-01-01 00:00:01.000 PROCESS_GROUP_ADDED w\n"
	  "1970-01-01 00:00:01.000 SUPERVISOR_STATE_CHANGE_RUNNING\n"
	  "1970-01-01 00:00:01.000 PROCESS_STATE_STARTING w:w1 from STOPPED tries 0\n"
	  "1970-01-01 00:00:01.000 PROCESS_STATE_RUNNING web from STARTING pid 12\n"
	  "1970-01-01 00:00:01.000 PROCESS_STATE_EXITED web from RUNNING not expected pid 12\n"
	  "1970-01-01 00:00:01.000 PROCESS_LOG_STDOUT web pid 12 \"a\\u001B[1m\\n\\u00E4\"\n"
	  "1970-01-01 00:00:01.000 OUTPUT_DROPPED web pid 12 stderr bytes 77\n"
	  "1970-01-01 00:00:01.000 JOB_ENDED job 5 expected \"exit status 0\"\n", NULL, 0 },
	{ "events", { SAYS(NULL, TOLD(EVENT(9, "JOB_ENDED", ",\"job\":1"), 3, 10)) },
	  "1970-01-01 00:00:01.000 JOB_ENDED job 1\n", "3 events are missing here\n", 0 },
	{ "events -t TOCK", { SAYS(NULL, "!BadEvent{\"event\":\"TOCK\"}") },
	  "Error: no such type of event: TOCK\n", NULL, 2 },
	{ "events -n some", { SAYS(NULL, NULL) },
	  "Error: option -n: not a number, or all: 'some'\n", NULL, 2 },
	{ "events -x", { SAYS(NULL, NULL) }, "Error: option -x not recognized\n", NULL, 2 },
	{ "events -f", { SAYS(NULL, "!ShuttingDown{}") }, "ERROR: shutting down\n", NULL, 1 },
};

static const struct row json_rows[] = {
	{ "events", { SAYS(NULL, TOLD(EVENT(9, "JOB_ENDED", ",\"job\":1") ","
				      EVENT(10, "JOB_ENDED", ",\"job\":2"), 3, 11)) },
	  "{\"lost\":3}\n"
	  "{\"serial\":9,\"time_ms\":1000,\"event\":\"JOB_ENDED\",\"job\":1}\n"
	  "{\"serial\":10,\"time_ms\":1000,\"event\":\"JOB_ENDED\",\"job\":2}\n",
	  "3 events are missing here\n", 0 },
};
/* clang-format on */

START_TEST(each_event_is_a_line)
{
	setenv("TZ", "UTC", 1);
	expect(&rows[_i], false, false);
}
END_TEST

START_TEST(with_json_each_event_is_a_line_of_json)
{
	expect(&json_rows[_i], true, false);
}
END_TEST

START_TEST(following_goes_on_where_it_was_with_the_next_manager)
{
	static const char script[] = "1< " ASK(
		"", "",
		"\"last\":100") "+\n"
				"1> +" TOLD(
					EVENT(4, "JOB_ENDED", ",\"job\":1"), 0,
					5) "\n"
					   "1> +" TOLD(
						   EVENT(5, "JOB_ENDED", ",\"job\":2"), 0,
						   6) "\n"
						      "-\n"
						      "1< " ASK(
							      "", "",
							      "\"after\":5") "+\n"
									     "1> +" TOLD(
										     "", 0,
										     6) "\n"
											"-\n"
											"1<"
											" " ASK("",
												"",
												"\"after\":5") "+\n"
													       "1> +" TOLD(
														       EVENT(8,
															     "JOB_ENDED",
															     ",\"job\":3"),
														       2,
														       9) "\n"
															  "1> !ShuttingDown{}";
	struct played p;

	setenv("TZ", "UTC", 1);
	p = play(script, "", WORDS("events", "-f"));
	ck_assert_str_eq(p.r.out, "1970-01-01 00:00:01.000 JOB_ENDED job 1\n"
				  "1970-01-01 00:00:01.000 JOB_ENDED job 2\n"
				  "1970-01-01 00:00:01.000 JOB_ENDED job 3\n");
	ck_assert_str_eq(p.r.err, "2 events are missing here\nthe daemon has shut down\n");
	ck_assert_int_eq(p.r.status, 0);
	played_done(&p);
}
END_TEST

START_TEST(following_ends_well_by_ctrl_c)
{
	static const char script[] = "1< " ASK(
		"", "", "\"last\":100") "+\n"
					"1> +" TOLD(EVENT(4, "JOB_ENDED", ",\"job\":1"), 0,
						    5) "\n"
						       "!INT\n"
						       "1.";
	struct played p = play(script, "", WORDS("events", "-f"));

	ck_assert_int_eq(p.r.status, 0);
	ck_assert_str_eq(p.r.err, "");
	played_done(&p);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl events");
	TCase *tc = tcase_create("events");

	tcase_add_checked_fixture(tc, setup, teardown);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, each_event_is_a_line, 0, ARRAY_SIZE(rows));
	tcase_add_loop_test(tc, with_json_each_event_is_a_line_of_json, 0,
			    ARRAY_SIZE(json_rows));
	tcase_add_test(tc, following_goes_on_where_it_was_with_the_next_manager);
	tcase_add_test(tc, following_ends_well_by_ctrl_c);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
