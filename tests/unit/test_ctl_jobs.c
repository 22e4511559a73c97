/* SPDX-License-Identifier: MIT */
/* test_ctl_jobs.c - jobs, poll, wait, output, kill, forget and why: words in, lines out. */
#include "ctl/job_words.h"
#include "ctl/quote.h"
#include "ctl_harness.h"

#define JOB(id, state, status, more)                                                           \
	"{\"id\":" #id ",\"state\":\"" state "\",\"status\":" #status more "}"
#define TIMES(started, ended)                                                                  \
	",\"started_ms\":" #started ",\"ended_ms\":" #ended ",\"now_ms\":100000"
#define STAGE(...)   "{\"argv\":[" __VA_ARGS__ "]}"
#define STAGES(list) ",\"stages\":[" list "]"
#define JOBS(list)   "{\"jobs\":[" list "],\"missing\":[]}"
#define O(id, status, text)                                                                    \
	"{\"id\":" #id ",\"status\":" #status ",\"description\":\"" text "\"}"
#define OUT(list) "{\"outcomes\":[" list "]}"

/* clang-format off */
static const struct row rows[] = {
	/* jobs */
	{ "jobs", { SAYS("Jobs{}", JOBS("")) }, NULL, NULL, 0 },
	{ "jobs", { SAYS("Jobs{}", JOBS(
	    JOB(1, "running", null, TIMES(99000, 0) STAGES(STAGE("\"sleep\",\"10\""))) ","
	    JOB(22, "done", -15, TIMES(1000, 98000) ",\"timed_out\":true,\"label\":\"a b\""
		STAGES(STAGE("\"echo\",\"x y\",\"it's\"") "," STAGE("\"wc\",\"\""))) ","
	    JOB(3, "waiting", null, TIMES(0, 0) STAGES(STAGE("\"a\\nb\""))) ","
	    JOB(4, "skipped", null, TIMES(0, 0) STAGES(STAGE("\"c\""))))) },
	  "ID  STATE      STATUS   TIME   COMMAND\n"
	  "1   running    -        1.0s   sleep 10\n"
	  "22  timed out  -15      1m37s  [a b] echo 'x y' 'it'\\''s' | wc ''\n"
	  "3   waiting    -        -      $'a\\nb'\n"
	  "4   skipped    skipped  -      c\n", NULL, 0 },
	{ "jobs 5 6", { SAYS("Jobs{\"ids\":[5,6]}", "{\"jobs\":[],\"missing\":[5,6]}") },
	  "5: ERROR (no such job)\n6: ERROR (no such job)\n", NULL, 4 },
	{ "jobs x", { SAYS(NULL, NULL) }, "Error: not the id of a job: 'x'\n", NULL, 2 },
	{ "jobs 0", { SAYS(NULL, NULL) }, "Error: not the id of a job: '0'\n", NULL, 2 },
	/* poll */
	{ "poll 5", { SAYS("Jobs{\"ids\":[5]}", JOBS(JOB(5, "running", null, ""))) }, NULL, NULL, 3 },
	{ "poll 5", { SAYS(NULL, JOBS(JOB(5, "stopping", null, ""))) }, NULL, NULL, 3 },
	{ "poll 5", { SAYS(NULL, JOBS(JOB(5, "waiting", null, ""))) }, NULL, NULL, 3 },
	{ "poll 5", { SAYS(NULL, JOBS(JOB(5, "done", 0, ""))) }, "0\n", NULL, 0 },
	{ "poll 5", { SAYS(NULL, JOBS(JOB(5, "done", -15, ""))) }, "-15\n", NULL, 0 },
	{ "poll 5", { SAYS(NULL, JOBS(JOB(5, "done", null, ""))) }, "unknown\n", NULL, 0 },
	{ "poll 5", { SAYS(NULL, JOBS(JOB(5, "skipped", null, ""))) }, "skipped\n", NULL, 0 },
	{ "poll 5", { SAYS(NULL, "{\"jobs\":[],\"missing\":[5]}") },
	  "5: ERROR (no such job)\n", NULL, 4 },
	/* wait */
	{ "wait 5", { SAYS("WaitJobs{\"ids\":[5]}+", JOBS(JOB(5, "done", 0, ""))) },
	  "5: 0\n", NULL, 0 },
	{ "wait 5", { SAYS(NULL, JOBS(JOB(5, "done", 3, ""))) }, "5: 3\n", NULL, 3 },
	{ "wait 5 6 7", { SAYS("WaitJobs{\"ids\":[5,6,7]}+",
	    "+" JOBS(JOB(7, "done", 0, "")) "\n+" JOBS(JOB(6, "done", -2, "")) "\n"
	    JOBS(JOB(5, "done", 4, ""))) }, "7: 0\n6: -2\n5: 4\n", NULL, 130 },
	{ "wait 5 --any 6", { SAYS("WaitJobs{\"ids\":[5,6],\"any\":true}+",
	    JOBS(JOB(6, "done", 1, ""))) }, "6: 1\n", NULL, 1 },
	{ "wait 5", { SAYS(NULL, JOBS(JOB(5, "done", -15, ",\"timed_out\":true"))) },
	  "5: -15\n", NULL, 124 },
	{ "wait 5 6", { SAYS("WaitJobs{\"ids\":[5,6]}+", "{\"jobs\":[" JOB(6, "done", 0, "")
	    "],\"missing\":[5]}") }, "5: ERROR (no such job)\n6: 0\n", NULL, 4 },
	{ "wait 5 6", { SAYS("WaitJobs{\"ids\":[5,6]}+", "+" JOBS(JOB(6, "done", 0, ""))),
	    SAYS("WaitJobs{\"ids\":[5]}+", JOBS(JOB(5, "done", 2, ""))) },
	  "6: 0\n5: 2\n", NULL, 2 },
	{ "wait 5 --timeout 0.001", { SAYS("WaitJobs{\"ids\":[5]}+", ".") }, NULL, NULL, 124 },
	{ "wait --any", { SAYS(NULL, NULL) }, "Error: wait requires the id of a job\n", NULL, 2 },
	{ "wait --all 5", { SAYS(NULL, NULL) }, "Error: option --all not recognized\n", NULL, 2 },
	/* output */
	{ "output 5", { LOGS("Output{\"id\":5,\"channel\":\"stdout\",\"bytes\":0,\"follow\":false}",
	    "one\ntwo", "{}") }, "one\ntwo", NULL, 0 },
	{ "output -f 5 stderr -20", { LOGS("Output{\"id\":5,\"channel\":\"stderr\",\"bytes\":20,"
	    "\"follow\":true}", "x\n", "{}") }, "x\n", NULL, 0 },
	{ "output 5", { SAYS(NULL, "!NoSuchJob{\"id\":5}") }, "5: ERROR (no such job)\n", NULL, 4 },
	{ "output 5", { SAYS(NULL, "!NoSuchLog{\"name\":\"5\"}") }, "5: ERROR (no log file)\n", NULL, 1 },
	{ "output -f", { SAYS(NULL, NULL) }, "Error: output requires the id of a job\n", NULL, 2 },
	{ "output 5 6", { SAYS(NULL, NULL) }, "Error: bad argument 6\n", NULL, 2 },
	{ "output -x 5", { SAYS(NULL, NULL) }, "Error: bad argument -x\n", NULL, 2 },
	/* kill */
	{ "kill 5 6", { SAYS("KillJobs{\"ids\":[5,6]}", OUT(O(5, 80, "") "," O(6, 10, ""))) },
	  "5: stopping\n6: ERROR (no such job)\n", NULL, 4 },
	{ "kill -9 5", { SAYS("KillJobs{\"ids\":[5],\"signal\":\"KILL\"}", OUT(O(5, 80, ""))) },
	  "5: signalled\n", NULL, 0 },
	{ "kill -SIGHUP 5", { SAYS("KillJobs{\"ids\":[5],\"signal\":\"HUP\"}", OUT(O(5, 70, ""))) },
	  "5: ERROR (not running)\n", NULL, 1 },
	{ "kill -FOO 5", { SAYS(NULL, NULL) }, "Error: not a signal: 'FOO'\n", NULL, 2 },
	{ "kill -9", { SAYS(NULL, NULL) }, "Error: kill requires the id of a job\n", NULL, 2 },
	/* forget */
	{ "forget 5 6", { SAYS("Forget{\"ids\":[5,6]}", OUT(O(5, 80, "") "," O(6, 91, ""))) },
	  "5: forgotten\n6: ERROR (still running)\n", NULL, 1 },
	{ "forget --done", { SAYS("Jobs{}", JOBS(JOB(1, "running", null, "") ","
	    JOB(2, "done", 0, "") "," JOB(3, "skipped", null, ""))),
	    SAYS("Forget{\"ids\":[2,3]}", OUT(O(2, 80, "") "," O(3, 80, ""))) },
	  "2: forgotten\n3: forgotten\n", NULL, 0 },
	{ "forget --done", { SAYS("Jobs{}", JOBS("")) }, NULL, NULL, 0 },
	/* why */
	{ "why web", { SAYS("Why{\"name\":\"web\"}", "{\"text\":[\"one\",\"two\"],\"process\":{}}") },
	  "one\ntwo\n", NULL, 0 },
	{ "why web", { SAYS(NULL, "!BadName{\"name\":\"web\"}") },
	  "web: ERROR (no such process)\n", NULL, 4 },
};

static const struct row json_rows[] = {
	{ "poll 5", { SAYS(NULL, JOBS(JOB(5, "done", 0, ""))) },
	  "{\n  \"id\": 5,\n  \"state\": \"done\",\n  \"status\": 0\n}\n", NULL, 0 },
	{ "wait 5", { SAYS(NULL, JOBS(JOB(5, "done", 0, ""))) },
	  "[\n  {\n    \"id\": 5,\n    \"state\": \"done\",\n    \"status\": 0\n  }\n]\n", NULL, 0 },
	{ "jobs", { SAYS(NULL, JOBS("")) }, "[]\n", NULL, 0 },
	{ "forget --done", { SAYS(NULL, JOBS(JOB(2, "done", 0, ""))),
	    SAYS(NULL, OUT(O(2, 80, "OK"))) },
	  "[\n  {\n    \"id\": 2,\n    \"status\": 80,\n    \"description\": \"OK\"\n  }\n]\n", NULL, 0 },
	{ "output 5", { LOGS(NULL, "a\xff", "{}") },
	  "{\n  \"id\": 5,\n  \"channel\": \"stdout\",\n  \"text\": \"a\xef\xbf\xbd\"\n}\n", NULL, 0 },
	{ "output -f 5", { SAYS(NULL, NULL) }, NULL, "Error: output -f does not go with --json\n", 2 },
};

static const struct { msec_t span; const char *text; } spans[] = {
	{ -1, "-" }, { 0, "0.0s" }, { 99, "0.0s" }, { 123, "0.1s" }, { 9999, "9.9s" },
	{ 10000, "10s" }, { 59999, "59s" }, { 60000, "1m0s" }, { 3599999, "59m59s" },
	{ 3600000, "1h0m" }, { 86399999, "23h59m" }, { 90000000, "1d1h" },
};

static const struct { const char *word, *quoted; } quotes[] = {
	{ "abc", "abc" }, { "/a-b_c.d:e,f=g@h%i+", "/a-b_c.d:e,f=g@h%i+" }, { "", "''" },
	{ "a b", "'a b'" }, { "it's", "'it'\\''s'" }, { "$x", "'$x'" }, { "{a,b}", "'{a,b}'" },
	{ "a\tb\n'\\\x01", "$'a\\tb\\n\\'\\\\\\001'" }, { "\xc3\xa4", "\xc3\xa4" },
};
/* clang-format on */

START_TEST(jobs_are_shown_and_acted_upon)
{
	expect(&rows[_i], false, false);
}
END_TEST

START_TEST(with_json_they_are_data)
{
	expect(&json_rows[_i], true, false);
}
END_TEST

START_TEST(spans_are_short)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	ck_assert_int_eq(job_put_span(spans[_i].span, &b), 0);
	ck_assert_str_eq(buf_str(&b), spans[_i].text);
}
END_TEST

START_TEST(words_are_quoted_when_a_shell_would_need_it)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	ck_assert_int_eq(quote_word(quotes[_i].word, &b), 0);
	ck_assert_str_eq(buf_str(&b), quotes[_i].quoted);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl jobs");
	TCase *tc = tcase_create("jobs");

	tcase_add_checked_fixture(tc, setup, teardown);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, jobs_are_shown_and_acted_upon, 0, ARRAY_SIZE(rows));
	tcase_add_loop_test(tc, with_json_they_are_data, 0, ARRAY_SIZE(json_rows));
	tcase_add_loop_test(tc, spans_are_short, 0, ARRAY_SIZE(spans));
	tcase_add_loop_test(tc, words_are_quoted_when_a_shell_would_need_it, 0,
			    ARRAY_SIZE(quotes));
	return s;
}

int main(void)
{
	return harness_run(suite());
}
