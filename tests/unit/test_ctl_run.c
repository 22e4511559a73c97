/* SPDX-License-Identifier: MIT */
/* test_ctl_run.c - run: what the daemon is told, what comes of it, and signals in between. */
#include "ctl/job_exit.h"
#include "ctl_script.h"

#define ENVIRON	       "\"env\":[\"PATH=/bin\",\"A=1\"],\"clean_env\":true,\"umask\":18"
#define STREAMS	       "\"stdin\":\"fd\",\"stdout\":\"fd\",\"stderr\":\"fd\""
#define ATTACH	       "1< Attach{\"session\":\"KEY\"}+\n1> +{}\n"
#define SPEC(stages)   "{" ENVIRON ",\"directory\":\"CWD\",\"stages\":[" stages "]," STREAMS "}"
#define RUN(n, stages) n "< Run{\"session\":\"KEY\",\"seq\":1,\"job\":" SPEC(stages) "}\n"
#define STAGE(status)                                                                          \
	"{\"argv\":[\"x\"],\"status\":" status ",\"cause\":\"exited\",\"description\":\"\"}"
#define JOB(status, stages)                                                                    \
	"{\"job\":{\"id\":7,\"seq\":1,\"state\":\"done\",\"status\":" status                   \
	",\"timed_out\":false,\"stages\":[" stages "]}}\n"
#define KILL(member) "2< KillJobs{\"ids\":[7]" member "}\n"
#define OUTCOME	     "2> {\"outcomes\":[]}\n"
#define DROP	     KILL(",\"waiting\":true") OUTCOME
#define STARTED	     ATTACH RUN("2", "[\"x\"]") "2> {\"id\":7}\n"

static void setup_run(void)
{
	setup();
	umask(022);
}

static void expect_played(struct played p, int status, const char *out, const char *err)
{
	ck_assert_str_eq(p.r.out, out);
	ck_assert_str_eq(p.r.err, err);
	ck_assert_int_eq(p.r.status, status);
	played_done(&p);
}

/* clang-format off */
static const struct { const char *job; const char *option; int status; const char *err; } ends[] = {
	{ JOB("0", STAGE("0")), "--", 0, "" },
	{ JOB("3", STAGE("3")), "--", 3, "" },
	{ JOB("-15", STAGE("-15")), "--", 143, "" },
	{ JOB("0", STAGE("4") "," STAGE("-9") "," STAGE("0")), "--", 0, "" },
	{ JOB("0", STAGE("4") "," STAGE("-9") "," STAGE("0")), "--pipefail", 4, "" },
	{ JOB("2", STAGE("0") "," STAGE("2")), "--pipefail", 2, "" },
	{ JOB("0", STAGE("0") "," STAGE("0")), "--pipefail", 0, "" },
	{ "{\"job\":{\"seq\":1,\"state\":\"done\",\"status\":-15,\"timed_out\":true,\"stages\":[" STAGE("-15") "]}}\n",
	  "--", 124, "" },
	{ "{\"job\":{\"seq\":1,\"state\":\"done\",\"status\":127,\"timed_out\":false,\"stages\":[{\"status\":127,"
	  "\"cause\":\"exec\",\"description\":\"can't find command 'x'\"}]}}\n",
	  "--", 127, "reevectl: run: can't find command 'x'\n" },
	{ "{\"job\":{\"seq\":1,\"state\":\"skipped\",\"status\":null,\"timed_out\":false,\"stages\":[" STAGE("null") "]}}\n",
	  "--", 125, "reevectl: run: not run: it was stopped while it waited, or a job that it was to come after has failed\n" },
	{ "{\"job\":{\"seq\":1,\"state\":\"done\",\"status\":null,\"timed_out\":false,\"stages\":[{\"status\":null,"
	  "\"cause\":\"lost\",\"description\":\"it was lost\"}]}}\n",
	  "--", 125, "reevectl: run: it was lost\n" },
};
/* clang-format on */

START_TEST(the_exit_status_is_the_jobs)
{
	char script[4096];

	snprintf(script, sizeof script, "%s1> +%s1.\n", STARTED, ends[_i].job);
	expect_played(play(script, "", WORDS("run", ends[_i].option, "x")), ends[_i].status, "",
		      ends[_i].err);
}
END_TEST

START_TEST(the_job_has_our_streams)
{
	struct played p =
		play(STARTED "2r0 input\n2w1 out\n2w2 err\n1> +" JOB("0", STAGE("0")) "1.\n",
		     "input", WORDS("run", "x"));

	ck_assert_str_eq(p.streams[1], "out\n");
	ck_assert_str_eq(p.streams[2], "err\n");
	expect_played(p, 0, "", "");
}
END_TEST

START_TEST(words_are_taken_as_they_are_and_a_line_is_split)
{
	expect_played(
		play(ATTACH RUN("2",
				"[\"a b\",\"--json\",\"-h\",\"\",\"c|d\"]") "2> {\"id\":7}\n1> "
									    "+" JOB("0",
										    STAGE("0")),
		     "", WORDS("run", "--", "a b", "--json", "-h", "", "c|d")),
		0, "", "");
	expect_played(play(ATTACH RUN("2", "[\"a\",\"b c\"],[\"d\"]") "2> {\"id\":7}\n1> +" JOB(
				   "0", STAGE("0")),
			   "", WORDS("run", "a 'b c' | d")),
		      0, "", "");
}
END_TEST

START_TEST(what_options_say_is_what_the_daemon_is_told)
{
	static const char spec[] =
		"\"env\":[\"PATH=/bin\",\"A=2\",\"B=\",\"S=secret\"],\"clean_env\":true,"
		"\"umask\":63,\"timeout_ms\":1500,\"kill_after_ms\":120000,\"signal\":\"INT\","
		"\"priority\":-3,\"directory\":\"/x\",\"pool\":\"p\",\"label\":\"a label\","
		"\"after\":[3,14],\"stages\":[[\"x\"]],"
		"\"stdin\":\"fd\",\"stdout\":\"fd\",\"stderr\":\"stdout\"";
	char script[4096], secret[128], secret_option[160], file[128];
	FILE *f;

	snprintf(secret, sizeof secret, "%s/secret", fake.dir);
	snprintf(secret_option, sizeof secret_option, "S=%s", secret);
	snprintf(file, sizeof file, "%s/file", fake.dir);
	f = fopen(secret, "w");
	fputs("secret\n", f);
	fclose(f);
	snprintf(script, sizeof script,
		 "%s2< Run{\"session\":\"KEY\",\"seq\":1,\"job\":{%s}}\n"
		 "2> {\"id\":7}\n2r0 text\n2w1 to the file\n1> +%s",
		 ATTACH, spec, JOB("0", STAGE("0")));
	expect_played(
		play(script, "",
		     WORDS("run", "-E", "A=2", "--env=B=", "--clean-env", "--secret",
			   secret_option, "--umask", "077", "--timeout", "1.5", "--kill-after",
			   "2m", "--signal", "SIGINT", "--priority=-3", "--directory", "/x",
			   "--pool", "p", "--label", "a label", "--after", "3,14",
			   "--stdin-data", "text", "--stdout", file, "--stderr", file, "x")),
		0, "", "");
	f = fopen(file, "r");
	ck_assert_ptr_nonnull(fgets(script, sizeof script, f));
	ck_assert_str_eq(script, "to the file\n");
	fclose(f);
}
END_TEST

/* clang-format off */
static const struct { const char *word, *more, *err; } mistakes[] = {
	{ "--foo", NULL, "run: option --foo not recognized" },
	{ "-x", NULL, "run: option -x not recognized" },
	{ "--timeout", NULL, "run: option --timeout requires argument" },
	{ "--timeout=soon", "x", "run: option --timeout: not a time such as 0.5, 10s, 5m or 2h: 'soon'" },
	{ "--detach=1", "x", "run: option --detach takes no argument" },
	{ "--umask=9", "x", "run: option --umask: not a mask such as 022: '9'" },
	{ "--signal=FOO", "x", "run: option --signal: not a signal: 'FOO'" },
	{ "--priority=high", "x", "run: option --priority: not a number that is possible here: 'high'" },
	{ "--detach", "--pipefail", "run: options --detach and --pipefail do not go together" },
	{ "--stdin=x", "--stdin-data=y", "run: options --stdin and --stdin-data do not go together" },
};

static const struct { const char *word, *more, *err; } refusals[] = {
	{ "--", NULL, "reevectl: run: a command is missing\n" },
	{ "--after=x", "x", "reevectl: run: option --after: not the ids of jobs: 'x'\n" },
	{ "--after=1,", "x", "reevectl: run: option --after: not the ids of jobs: '1,'\n" },
	{ "-E=1", "x", "reevectl: run: option -E: not NAME=VALUE: '=1'\n" },
	{ "--secret=x", "x", "reevectl: run: option --secret: not NAME=FILE: 'x'\n" },
	{ "--secret=x=/nonexistent", "x",
	  "reevectl: run: option --secret: /nonexistent: No such file or directory\n" },
	{ "--env-file=/nonexistent", "x", "reevectl: run: /nonexistent: No such file or directory\n" },
	{ "--stdin=/nonexistent", "x", "reevectl: run: /nonexistent: No such file or directory\n" },
	{ "--json=/nonexistent/x", "x", "reevectl: run: /nonexistent/x: No such file or directory\n" },
	{ "a 'b", NULL, "reevectl: run: a quote that is not closed at character 3 of the command\n" },
	{ "\xc3\xa4 >b", NULL, "reevectl: run: '>' at character 3 of the command: there is no shell here: "
	  "see --stdin, --stdout and --stderr, or quote it\n" },
	{ "x", "\xff", "reevectl: run: not UTF-8, and so it cannot be sent: '\xef\xbf\xbd'\n" },
};
/* clang-format on */

START_TEST(a_wrong_option_is_told_and_nothing_is_asked)
{
	char err[400];

	snprintf(err, sizeof err, "reevectl: %s\nFor help, use reevectl run --help\n",
		 mistakes[_i].err);
	expect_played(play("", "", mistakes[_i].more ? 3 : 2,
			   (char *const *)(uintptr_t)(const char *[]){ "run", mistakes[_i].word,
								       mistakes[_i].more }),
		      125, "", err);
}
END_TEST

START_TEST(what_cannot_be_done_is_told_and_nothing_is_asked)
{
	expect_played(play("", "", refusals[_i].more ? 3 : 2,
			   (char *const *)(uintptr_t)(const char *[]){ "run", refusals[_i].word,
								       refusals[_i].more }),
		      125, "", refusals[_i].err);
}
END_TEST

START_TEST(what_the_daemon_refuses_is_told)
{
	expect_played(play(ATTACH RUN("2", "[\"x\"]") "2> !NoSuchPool{\"pool\":\"p\"}\n", "",
			   WORDS("run", "x")),
		      125, "", "reevectl: ERROR: no such pool: p\n");
	expect_played(play("1< Attach{\"session\":\"KEY\"}+\n"
			   "1> !NotPermitted{\"right\":\"administer\"}\n",
			   "", WORDS("run", "x")),
		      125, "",
		      "reevectl: ERROR: not permitted: it takes the right to administer\n");
}
END_TEST

START_TEST(json_is_printed_when_it_has_ended)
{
	struct played p =
		play(STARTED "1> +" JOB("-15", STAGE("-15")), "", WORDS("run", "--json", "x"));
	json_t *job = json_loads(p.r.out, 0, NULL);

	ck_assert_int_eq(json_integer_value(json_object_get(job, "status")), -15);
	ck_assert_int_eq(json_integer_value(json_object_get(job, "id")), 7);
	ck_assert_int_eq(p.r.status, 143);
	json_decref(job);
	played_done(&p);
}
END_TEST

START_TEST(json_may_go_to_a_file)
{
	char option[160];
	json_t *job;

	snprintf(option, sizeof option, "--json=%s/report", fake.dir);
	expect_played(play(STARTED "1> +" JOB("1", STAGE("1")), "", WORDS("run", option, "x")),
		      1, "", "");
	job = json_load_file(option + strlen("--json="), 0, NULL);
	ck_assert_int_eq(json_integer_value(json_object_get(job, "status")), 1);
	json_decref(job);
}
END_TEST

START_TEST(a_detached_job_has_logs_and_we_its_id)
{
	static const char script[] = "1< Run{\"job\":{" ENVIRON ",\"directory\":\"CWD\","
				     "\"stages\":[[\"x\"]],\"stdin\":\"null\","
				     "\"stdout\":\"log\",\"stderr\":\"log\"}}\n"
				     "1> {\"id\":12}\n";

	expect_played(play(script, "", WORDS("run", "--detach", "x")), 0, "12\n", "");
	expect_played(play(script, "", WORDS("run", "-d", "--json", "x")), 0,
		      "{\n  \"id\": 12\n}\n", "");
}
END_TEST

START_TEST(a_signal_goes_to_the_job)
{
	static const char *const names[] = { "HUP", "INT", "QUIT", "TERM", "WINCH", "CONT" };
	char script[4096];

	snprintf(script, sizeof script,
		 "%s!%s\n%s2< KillJobs{\"ids\":[7],\"signal\":\"%s\"}\n%s1> +%s", STARTED,
		 names[_i], _i < 4 ? DROP : "", names[_i], OUTCOME, JOB("-2", STAGE("-2")));
	expect_played(play(script, "", WORDS("run", "x")), 130, "", "");
}
END_TEST

/* clang-format off */
static const char twice[] =
	STARTED "!INT\n" DROP KILL(",\"signal\":\"INT\"") OUTCOME
	"!INT\n" KILL("") OUTCOME "1> +" JOB("-15", STAGE("-15"));
static const char three_times[] =
	STARTED "!INT\n" DROP KILL(",\"signal\":\"INT\"") OUTCOME
	"!INT\n" KILL("") "!TERM\n1.\n";

/* Killed before the answer to Run, and after it; at last the result comes first. */
static const char replaced_twice[] =
	ATTACH RUN("2", "[\"x\"]") "-\n"
	"3< Attach{\"session\":\"KEY\"}+\n3> +{}\n" RUN("4", "[\"x\"]")
	"4w1 still ours\n4> {\"id\":7}\n-\n"
	"5< Attach{\"session\":\"KEY\"}+\n5> +{}\n5> +" JOB("5", STAGE("5")) "5.\n";

/* What was ordered, and not answered, is ordered again. */
static const char replaced_meanwhile[] =
	STARTED "!TERM\n" DROP KILL(",\"signal\":\"TERM\"") "-\n"
	"3< Attach{\"session\":\"KEY\"}+\n3> +{}\n" RUN("4", "[\"x\"]") "4> {\"id\":7}\n"
	"4< KillJobs{\"ids\":[7],\"signal\":\"TERM\"}\n4> {\"outcomes\":[]}\n"
	"3> +" JOB("-15", STAGE("-15"));
/* clang-format on */

START_TEST(a_second_signal_stops_the_job)
{
	expect_played(play(twice, "", WORDS("run", "x")), 143, "", "");
}
END_TEST

START_TEST(a_third_signal_leaves_it_to_the_daemon)
{
	expect_played(play(three_times, "", WORDS("run", "x")), 143, "", "");
}
END_TEST

START_TEST(before_it_was_asked_for_a_signal_ends_it)
{
	expect_played(
		play("1< Attach{\"session\":\"KEY\"}+\n!INT\n1.\n", "", WORDS("run", "x")), 130,
		"", "");
}
END_TEST

START_TEST(a_new_manager_is_told_again_and_a_result_is_taken_once)
{
	struct played p = play(replaced_twice, "", WORDS("run", "x"));

	ck_assert_str_eq(p.streams[1], "still ours\n");
	expect_played(p, 5, "", "");
}
END_TEST

START_TEST(a_signal_finds_the_job_after_the_manager_was_replaced)
{
	expect_played(play(replaced_meanwhile, "", WORDS("run", "x")), 143, "", "");
}
END_TEST

START_TEST(a_result_may_come_before_the_answer)
{
	expect_played(play(ATTACH RUN("2", "[\"x\"]") "1> +" JOB("0", STAGE("0")) "1.\n", "",
			   WORDS("run", "x")),
		      0, "", "");
}
END_TEST

START_TEST(without_a_daemon_nothing_is_waited_for)
{
	char err[256];

	snprintf(err, sizeof err, "reevectl: %s no such file\n", fake.url);
	ck_assert_int_eq(unlink(fake.path), 0);
	expect_played(play("", "", WORDS("run", "x")), 125, "", err);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl run");
	TCase *tc = tcase_create("run");

	tcase_add_checked_fixture(tc, setup_run, teardown);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, the_exit_status_is_the_jobs, 0, ARRAY_SIZE(ends));
	tcase_add_test(tc, the_job_has_our_streams);
	tcase_add_test(tc, words_are_taken_as_they_are_and_a_line_is_split);
	tcase_add_test(tc, what_options_say_is_what_the_daemon_is_told);
	tcase_add_loop_test(tc, a_wrong_option_is_told_and_nothing_is_asked, 0,
			    ARRAY_SIZE(mistakes));
	tcase_add_loop_test(tc, what_cannot_be_done_is_told_and_nothing_is_asked, 0,
			    ARRAY_SIZE(refusals));
	tcase_add_test(tc, what_the_daemon_refuses_is_told);
	tcase_add_test(tc, json_is_printed_when_it_has_ended);
	tcase_add_test(tc, json_may_go_to_a_file);
	tcase_add_test(tc, a_detached_job_has_logs_and_we_its_id);
	tcase_add_loop_test(tc, a_signal_goes_to_the_job, 0, 6);
	tcase_add_test(tc, a_second_signal_stops_the_job);
	tcase_add_test(tc, a_third_signal_leaves_it_to_the_daemon);
	tcase_add_test(tc, before_it_was_asked_for_a_signal_ends_it);
	tcase_add_test(tc, a_new_manager_is_told_again_and_a_result_is_taken_once);
	tcase_add_test(tc, a_signal_finds_the_job_after_the_manager_was_replaced);
	tcase_add_test(tc, a_result_may_come_before_the_answer);
	tcase_add_test(tc, without_a_daemon_nothing_is_waited_for);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
