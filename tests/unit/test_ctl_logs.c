/* SPDX-License-Identifier: MIT */
/* test_ctl_logs.c - logs: its words, what lines look like, and that none is shown twice; and
 * what is done to logs: maintail, clear, rotate, reopen. */
#include "ctl_script.h"

#define ASK(names, follow, more) "Logs{\"names\":[" names "],\"follow\":" follow more "}"
#define PLAIN			 ASK("", "false", ",\"lines\":30")
#define STREAMS                                                                                \
	"{\"streams\":[{\"id\":1,\"name\":\"web\",\"group\":\"web\"},"                         \
	"{\"id\":2,\"name\":\"w1\",\"group\":\"work\"}]}"
#define LINE(t, id, text) AT(t, id, text, "true", "7", #t)
#define AT(t, id, text, eol, file, at)                                                         \
	"{\"t\":" #t ",\"id\":" #id ",\"stream\":\"stdout\",\"line\":\"" text                  \
	"\",\"eol\":" eol ",\"file\":" file ",\"at\":" at "}"

/* clang-format off */
static const struct row rows[] = {
	{ "logs", { LOGS(PLAIN, LINE(1000, 1, "one") "\n" LINE(2000, 2, "two") "\n", STREAMS) },
	  "web     | one\nwork:w1 | two\n", NULL, 0 },
	{ "logs", { LOGS(PLAIN, "", STREAMS) }, NULL, NULL, 0 },
	/* Options stand anywhere. */
	{ "logs web -n 5 work:*", { LOGS(ASK("\"web\",\"work:*\"", "false", ",\"lines\":5"), "", STREAMS) }, NULL, NULL, 0 },
	{ "logs -n all --err", { LOGS(ASK("", "false", ",\"channel\":\"stderr\""), "", STREAMS) }, NULL, NULL, 0 },
	{ "logs --out --err", { LOGS(PLAIN, "", STREAMS) }, NULL, NULL, 0 },
	{ "logs --since @10 --until 1970-01-01T00:00:20.5Z", { LOGS(ASK("", "false", ",\"since_ms\":10000,\"until_ms\":20500"), "", STREAMS) }, NULL, NULL, 0 },
	{ "logs --no-prefix -t", { LOGS(PLAIN, LINE(1000, 1, "one") "\n", STREAMS) },
	  "1970-01-01T00:00:01.000+00:00 one\n", NULL, 0 },
	{ "logs --color=always", { LOGS(PLAIN, LINE(1000, 1, "one") "\n", STREAMS) },
	  "\x1b[33mweb     |\x1b[0m one\n", NULL, 0 },
	/* What is chosen by a regular expression is chosen here: the last so many of those. */
	{ "logs -n 2 --grep ^a|b$", { LOGS(ASK("", "false", ""), LINE(1000, 1, "a") "\n" LINE(1001, 1, "xb") "\n"
	  LINE(1002, 1, "bx") "\n" LINE(1003, 1, "ab") "\n", STREAMS) },
	  "web     | xb\nweb     | ab\n", NULL, 0 },
	/* A line that goes on, and one that comes in between. */
	{ "logs", { LOGS(PLAIN, AT(1, 1, "be", "false", "7", "0") "\n" AT(2, 1, "gin", "true", "7", "2") "\n"
	  AT(3, 1, "no", "false", "7", "5") "\n" AT(4, 2, "end", "true", "8", "0") "\n" AT(5, 2, "last", "false", "8", "4") "\n", STREAMS) },
	  "web     | begin\nweb     | no\nwork:w1 | end\nwork:w1 | last\n", NULL, 0 },
	/* Those of nobody we know, and what is elsewhere than a terminal. */
	{ "logs", { LOGS(PLAIN, LINE(1, 9, "who") "\n" LINE(2, 1, "\\u001b[1m\\u202e") "\n", STREAMS) },
	  "web     | \x1b[1m\xe2\x80\xae\n", NULL, 0 },
	{ "logs --json", { LOGS(PLAIN, LINE(1000, 2, "\\u0000\\u00e4") "\n", STREAMS) },
	  "{\"time\":\"1970-01-01T00:00:01.000+00:00\",\"time_ms\":1000,\"name\":\"w1\",\"group\":\"work\","
	  "\"stream\":\"stdout\",\"line\":\"\\u0000\xc3\xa4\",\"eol\":true}\n", NULL, 0 },
	{ "logs nosuch", { SAYS(NULL, "!BadName{\"name\":\"nosuch\"}") }, NULL,
	  "reevectl: nosuch: ERROR (no such process)\n", 4 },
	{ "logs", { SAYS(NULL, "!NoSuchLog{\"name\":\"\"}") }, NULL, "reevectl: ERROR: no log file\n", 1 },
	{ "logs", { SAYS(PLAIN, "!LoggerGone{}"), LOGS(PLAIN, LINE(1, 1, "x") "\n", STREAMS) }, "web     | x\n", NULL, 0 },
	{ "logs -n x", { SAYS(NULL, NULL) }, NULL, "reevectl: Error: option -n: not a number, or all: 'x'\n", 2 },
	{ "logs --grep (", { SAYS(NULL, NULL) }, NULL,
	  "reevectl: Error: option --grep: Unmatched ( or \\(: '('\n", 2 },
	{ "logs --since yesterday", { SAYS(NULL, NULL) }, NULL,
	  "reevectl: Error: not a time such as 5m, 12:30 or 2026-01-31T12:30:00Z: 'yesterday'\n", 2 },
	{ "logs --color=some", { SAYS(NULL, NULL) }, NULL,
	  "reevectl: Error: option --color: not auto, always or never: 'some'\n", 2 },
	{ "logs -f --until 5m", { SAYS(NULL, NULL) }, NULL,
	  "reevectl: Error: options --follow and --until do not go together: '5m'\n", 2 },

	{ "maintail", { LOGS("MainTail{\"bytes\":1600,\"follow\":false}", "log\n", "{}") }, "log\n\n", NULL, 0 },
	{ "maintail -7", { LOGS("MainTail{\"bytes\":7,\"follow\":false}", "og\n", "{}") }, "og\n\n", NULL, 0 },
	{ "maintail -f", { LOGS("MainTail{\"bytes\":1024,\"follow\":true}", "log\n", "{}") },
	  "==> Press Ctrl-C to exit <==\nlog\n", "supervisord: the log has ended\n", 0 },
	{ "maintail", { SAYS(NULL, "!NoSuchLog{\"name\":\"supervisord\"}") }, "supervisord: ERROR (no log file)\n", NULL, 1 },
	{ "maintail -abc", { SAYS(NULL, NULL) }, "Error: bad argument -abc\n", NULL, 1 },
	{ "maintail x", { SAYS(NULL, NULL) }, "Error: bad argument x\n", NULL, 1 },

	{ "clear web", { SAYS("Clear{\"names\":[\"web\"]}",
	  "{\"outcomes\":[{\"name\":\"web\",\"group\":\"web\",\"status\":80,\"description\":\"OK\"}]}") },
	  "web: cleared\n", NULL, 0 },
	{ "clear x", { SAYS(NULL, "{\"outcomes\":[{\"name\":\"x\",\"group\":\"\",\"status\":10,\"description\":\"BAD_NAME\"}]}") },
	  "x: ERROR (no such process)\n", NULL, 1 },
	{ "clear x", { SAYS(NULL, "{\"outcomes\":[{\"name\":\"x\",\"group\":\"x\",\"status\":30,\"description\":\"No space left on device\"}]}") },
	  "x: ERROR (failed)\n", "x: No space left on device\n", 1 },
	{ "rotate all", { SAYS("Rotate{\"names\":[\"all\"]}",
	  "{\"outcomes\":[{\"name\":\"w1\",\"group\":\"work\",\"status\":80,\"description\":\"OK\"},"
	  "{\"name\":\"x\",\"group\":\"x\",\"status\":20,\"description\":\"NO_FILE\"}]}") },
	  "work:w1: rotated\nx: ERROR (no log file)\n", NULL, 1 },
	{ "reopen", { SAYS("Reopen{}", "{}") }, "Reopened log files\n", NULL, 0 },
};

static const struct row terminal_rows[] = {
	{ "logs --color=never", { LOGS(PLAIN, LINE(1, 1, "\\u001b]0;x\\u0007\\ta\\rb\\n\\u007f\\u009b\\u202e\\u2028\\u2067\\u200f\\u00e4\\ufffd") "\n", STREAMS) },
	  "web     | \\x1b]0;x\\x07\ta\\x0db\\x0a\\x7f\\xc2\\x9b\\xe2\\x80\\xae\\xe2\\x80\\xa8\\xe2\\x81\\xa7\\xe2\\x80\\x8f\xc3\xa4\xef\xbf\xbd\n", NULL, 0 },
	{ "logs --json", { LOGS(PLAIN, LINE(1000, 2, "\\u009b\\u202e") "\n", STREAMS) },
	  "{\"time\":\"1970-01-01T00:00:01.000+00:00\",\"time_ms\":1000,\"name\":\"w1\",\"group\":\"work\","
	  "\"stream\":\"stdout\",\"line\":\"\\u009B\\u202E\",\"eol\":true}\n", NULL, 0 },
};
/* clang-format on */

START_TEST(lines_are_shown_as_they_are_asked_for)
{
	setenv("TZ", "UTC", 1);
	expect(&rows[_i], false, false);
}
END_TEST

START_TEST(nothing_of_a_program_reaches_a_terminal_raw)
{
	setenv("TZ", "UTC", 1);
	expect(&terminal_rows[_i], false, true);
}
END_TEST

#define WATCH(more)                                                                            \
	"Events{\"filter\":[\"PROCESS_GROUP\",\"PROCESS_STATE_STARTING\","                     \
	"\"SUPERVISOR_STATE_CHANGE_RUNNING\"]" more "}+"
#define NEWS(list, next) "+{\"events\":[" list "],\"lost\":0,\"next\":" #next "}"
#define AGAIN(since)	 ASK("", "true", ",\"since_ms\":" #since)
#define FIRST		 ASK("", "true", ",\"lines\":30")

static void expect_script(const char *script, const char *out)
{
	struct played p;

	setenv("TZ", "UTC", 1);
	p = play(script, "", WORDS("logs", "-f"));
	ck_assert_str_eq(p.r.err, "");
	ck_assert_str_eq(p.r.out, out);
	ck_assert_int_eq(p.r.status, 0);
	played_done(&p);
}

/* clang-format off */
static const char another_logger[] =
	"1< " WATCH("") "\n"
	"1> " NEWS("", 5) "\n"
	"2< " FIRST "\n"
	"2w0 " AT(4102444800000, 1, "one", "true", "7", "0") "\n"
	"2w0 " AT(4102444800100, 1, "two", "true", "7", "4") "\n"
	"2w0 " AT(4102444800100, 1, "thr", "false", "8", "0") "\n"
	"2> " STREAMS "\n"
	"2c0\n"
	"3< " AGAIN(4102444797100) "\n"
	/* Times of what was written are not those of what was read as it came. */
	"3w0 " AT(4102444799800, 1, "one", "true", "7", "0") "\n"
	"3w0 " AT(4102444799800, 1, "two", "true", "7", "4") "\n"
	"3w0 " AT(4102444799800, 1, "three", "true", "8", "0") "\n"
	"3w0 " AT(4102444800300, 1, "four", "true", "8", "6") "\n"
	/* Another file, to which the number of an earlier one was given. */
	"3w0 " AT(4102444800400, 1, "five", "true", "7", "0") "\n"
	"3> " STREAMS "\n"
	"1> !ShuttingDown{}\n"
	"3c0\n"
	"1.";

static const char another_manager[] =
	"1< " WATCH("") "\n"
	"1> " NEWS("", 5) "\n"
	"2< " FIRST "\n"
	"2> " STREAMS "\n"
	"2.\n"
	"1x\n"
	"3< " WATCH(",\"after\":4") "\n"
	"3> " NEWS("", 5) "\n"
	"2w0 " LINE(1, 1, "still the same logger") "\n"
	"3> !ShuttingDown{}\n"
	"2c0\n"
	"3.";

static const char others_come[] =
	"1< " WATCH("") "\n"
	"1> " NEWS("", 5) "\n"
	"2< " FIRST "\n"
	"2w0 " AT(4102444800000, 1, "one", "true", "7", "0") "\n"
	"2> " STREAMS "\n"
	"2.\n"
	/* It is known. */
	"1> " NEWS("{\"process\":\"web\",\"group\":\"web\"}", 6) "\n"
	"1> " NEWS("{\"process\":\"w2\",\"group\":\"work\"}", 7) "\n"
	"3< " AGAIN(4102444797000) "\n"
	"3w0 " AT(4102444800000, 1, "one", "true", "7", "0") "\n"
	"3w0 " AT(4102444800001, 3, "I am new", "true", "9", "0") "\n"
	"3> {\"streams\":[{\"id\":1,\"name\":\"web\",\"group\":\"web\"},"
	"{\"id\":3,\"name\":\"w2\",\"group\":\"work\"}]}\n"
	"1> !ShuttingDown{}\n"
	"3c0\n"
	"1.";
/* clang-format on */

START_TEST(another_logger_is_asked_for_what_was_not_shown)
{
	expect_script(another_logger,
		      "web     | one\nweb     | two\nweb     | three\nweb     | four\n"
		      "web     | five\n");
}
END_TEST

START_TEST(lines_go_on_when_the_manager_is_replaced)
{
	expect_script(another_manager, "web     | still the same logger\n");
}
END_TEST

START_TEST(lines_of_processes_that_come_later_are_shown)
{
	expect_script(others_come, "web     | one\nwork:w2 | I am new\n");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl logs");
	TCase *tc = tcase_create("logs");

	tcase_add_checked_fixture(tc, setup, teardown);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, lines_are_shown_as_they_are_asked_for, 0, ARRAY_SIZE(rows));
	tcase_add_loop_test(tc, nothing_of_a_program_reaches_a_terminal_raw, 0,
			    ARRAY_SIZE(terminal_rows));
	tcase_add_test(tc, another_logger_is_asked_for_what_was_not_shown);
	tcase_add_test(tc, lines_go_on_when_the_manager_is_replaced);
	tcase_add_test(tc, lines_of_processes_that_come_later_are_shown);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
