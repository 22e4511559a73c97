/* SPDX-License-Identifier: MIT */
/* test_ctl_map.c - map: what is asked for, what is printed and when, and how it ends. */
#include "ctl/job_exit.h"
#include "ctl/map_log.h"
#include "ctl_script.h"

/* clang-format off */
#define SPEC \
	"{\"env\":[\"PATH=/bin\",\"A=1\"],\"clean_env\":true,\"umask\":18,\"directory\":\"CWD\"," \
	"\"stdin\":\"null\",\"stdout\":\"fd\",\"stderr\":\"fd\"}"
#define ATTACHED(n, limit) \
	n "< Attach{\"session\":\"KEY\",\"template\":" SPEC ",\"limit\":" limit "}+\n" n "> +{}\n"
#define RUN_SEEN(n, seq, item, seen) \
	n "< Run{\"session\":\"KEY\",\"seq\":" seq ",\"job\":{\"stages\":[[\"x\",\"" item "\"]]}" seen "}\n"
#define RUN(n, seq, item)	RUN_SEEN(n, seq, item, "")
#define IDS(n, id)		n "> {\"id\":" id "}\n"
#define STAGES(item)		"\"stages\":[{\"argv\":[\"x\",\"" item "\"]}]"
#define ENDED(n, seq, status)	ENDED_AS(n, seq, "\"done\"", status, STAGES("i"))
#define SKIPPED(n, seq)		ENDED_AS(n, seq, "\"skipped\"", "null", STAGES("i"))
#define ENDED_AS(n, seq, state, status, more) \
	n "> +{\"job\":{\"seq\":" seq ",\"state\":" state ",\"status\":" status \
	",\"started_ms\":1700000000123,\"ended_ms\":1700000001000," more "}}\n"
#define KILL(ids, more)		"2< KillJobs{\"ids\":[" ids "]" more "}\n2> {\"outcomes\":[]}\n"

/* Two items under way, both of which have printed. */
#define TWO \
	ATTACHED("1", "2") RUN("2", "1", "a") "2w0 out a\n2w1 err a\n" RUN("2", "2", "b") \
	"2w0 out b\n2w1 err b\n" IDS("2", "11") IDS("2", "12")

static const char both_end[] = TWO ENDED("1", "2", "0") ENDED("1", "1", "0") "1.\n";
static const char one_fails[] = TWO ENDED("1", "1", "0") ENDED("1", "2", "3") "1.\n";
static const char one_is_killed[] = TWO ENDED("1", "1", "-9") ENDED("1", "2", "3") "1.\n";
static const char tried_again[] =
	ATTACHED("1", "2") RUN("2", "1", "a") "2w0 first try\n" IDS("2", "11") ENDED("1", "1", "4")
	RUN_SEEN("2", "2", "a", ",\"seen\":1") "2w0 second try\n" IDS("2", "12") ENDED("1", "2", "4")
	RUN_SEEN("2", "3", "a", ",\"seen\":2") "2w0 last try\n" IDS("2", "13") ENDED("1", "3", "0") "1.\n";
static const char halted_soon[] =
	ATTACHED("1", "1") RUN("2", "1", "a") RUN("2", "2", "b") RUN("2", "3", "c")
	IDS("2", "11") IDS("2", "12") IDS("2", "13") ENDED("1", "1", "7")
	KILL("12,13", ",\"waiting\":true") SKIPPED("1", "3") ENDED("1", "2", "0") "1.\n";
static const char halted_now[] =
	ATTACHED("1", "1") RUN("2", "1", "a") RUN("2", "2", "b") RUN("2", "3", "c")
	IDS("2", "11") IDS("2", "12") IDS("2", "13") ENDED("1", "1", "0")
	KILL("12,13", "") ENDED("1", "2", "-15") SKIPPED("1", "3") "1.\n";
static const char interrupted[] =
	TWO "!INT\n" KILL("11,12", ",\"waiting\":true") KILL("11,12", ",\"signal\":\"INT\"")
	ENDED("1", "1", "-2") SKIPPED("1", "2") "1.\n";
static const char replaced[] =
	ATTACHED("1", "2") RUN("2", "1", "a") RUN("2", "2", "b") RUN("2", "3", "c")
	IDS("2", "11") IDS("2", "12") IDS("2", "13") ENDED("1", "1", "0") "-\n"
	ATTACHED("3", "2") RUN_SEEN("4", "2", "b", ",\"seen\":1") RUN("4", "3", "c") "4w0 of c\n"
	IDS("4", "12") IDS("4", "13") ENDED("3", "1", "0") ENDED("3", "2", "0") ENDED("3", "3", "0") "3.\n";
static const char refused[] =
	ATTACHED("1", "2") RUN("2", "1", "a") RUN("2", "2", "b")
	"2> !NoSuchPool{\"pool\":\"p\"}\n1.\n";
static const char not_found[] =
	ATTACHED("1", "2") RUN("2", "1", "a") IDS("2", "11")
	ENDED_AS("1", "1", "\"done\"", "127", "\"stages\":[{\"argv\":[\"x\"],\"status\":127,"
		 "\"cause\":\"exec\",\"description\":\"can't find command 'x'\"}]") "1.\n";

static const struct {
	const char *script, *in;
	const char *words[8]; /* after "map -j 2", or "map -j 1" where the script says so */
	const char *slots;
	const char *out, *err, *said;
	int status;
} plays[] = {
	{ both_end, "", { "x", ":::", "a", "b" }, "2",
	  "out b\nout a\n", "err b\nerr a\n", "", 0 },
	{ both_end, "", { "--keep-order", "x", "{}", ":::", "a", "b" }, "2",
	  "out a\nout b\n", "err a\nerr b\n", "", 0 },
	{ both_end, "a\nb\n", { "x" }, "2", "out b\nout a\n", "err b\nerr a\n", "", 0 },
	{ both_end, "a\nb", { "-k", "--tag", "x" }, "2",
	  "a\tout a\nb\tout b\n", "a\terr a\nb\terr b\n", "", 0 },
	{ both_end, "", { "--ungroup", "x", ":::", "a", "b" }, "2",
	  "out a\nout b\n", "err a\nerr b\n", "", 0 },
	{ one_fails, "", { "x", ":::", "a", "b" }, "2", "out a\nout b\n", "err a\nerr b\n", "", 1 },
	{ one_is_killed, "", { "x", ":::", "a", "b" }, "2", "out a\nout b\n", "err a\nerr b\n", "", 2 },
	{ one_is_killed, "", { "--halt", "soon,fail=1", "x", ":::", "a", "b" }, "2", NULL, NULL, NULL, 137 },
	{ tried_again, "", { "--retry", "2", "x", ":::", "a" }, "2", "last try\n", "", "", 0 },
	{ halted_soon, "", { "--halt", "soon,fail=1", "x", ":::", "a", "b", "c" }, "1", "", "",
	  "reevectl: map: halted after: x i\n", 7 },
	{ halted_now, "", { "--halt", "now,success=1", "x", ":::", "a", "b", "c" }, "1", "", "",
	  "reevectl: map: halted after: x i\n", 0 },
	{ interrupted, "", { "x", ":::", "a", "b" }, "2", "out a\n", "err a\n", "", 130 },
	{ replaced, "", { "x", ":::", "a", "b", "c" }, "2", "of c\n", "", "", 0 },
	{ refused, "", { "x", ":::", "a", "b" }, "2", "", "",
	  "reevectl: ERROR: no such pool: p\n", 255 },
	{ not_found, "", { "x", ":::", "a" }, "2", "", "",
	  "reevectl: map: can't find command 'x'\n", 1 },
	{ ATTACHED("1", "2") "1.\n", "", { "x" }, "2", "", "", "", 0 },
};
/* clang-format on */

static void setup_map(void)
{
	setup();
	umask(022);
}

/* What was printed to stream @i. */
static void expect_stream(const struct played *p, int i, const char *text)
{
	if (text)
		ck_assert_str_eq(p->streams[i], text);
}

START_TEST(items_are_run_and_what_they_print_is_kept_together)
{
	const char *words[16] = { "map", "-j", plays[_i].slots };
	struct played p;
	size_t n = 3;

	for (size_t i = 0; i < ARRAY_SIZE(plays[_i].words) && plays[_i].words[i]; i++)
		words[n++] = plays[_i].words[i];
	/* The last of them may be halted while its script still speaks. */
	p = play(plays[_i].script, plays[_i].in, n, (char *const *)(uintptr_t)words);
	expect_stream(&p, 1, plays[_i].out);
	expect_stream(&p, 2, plays[_i].err);
	if (plays[_i].said)
		ck_assert_str_eq(p.r.err, plays[_i].said);
	ck_assert_int_eq(p.r.status, plays[_i].status);
	played_done(&p);
}
END_TEST

START_TEST(the_log_of_jobs_is_that_of_gnu_parallel)
{
	/* clang-format off */
	static const char script[] =
		ATTACHED("1", "2") RUN("2", "1", "a") RUN("2", "2", "b b") RUN("2", "3", "c")
		IDS("2", "11") IDS("2", "12") IDS("2", "13")
		ENDED_AS("1", "2", "\"done\"", "3", STAGES("b b")) ENDED_AS("1", "1", "\"done\"", "-9", STAGES("a"))
		ENDED_AS("1", "3", "\"done\"", "-15", "\"timed_out\":true," STAGES("c")) "1.\n";
	static const char log[] =
		"Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n"
		"2\t:\t1700000000.123\t     0.877\t0\t0\t3\t0\tx 'b b'\n"
		"1\t:\t1700000000.123\t     0.877\t0\t0\t0\t9\tx a\n"
		"3\t:\t1700000000.123\t     0.877\t0\t0\t-1\t15\tx c\n";
	/* clang-format on */
	char path[128], got[1024];
	struct played p;
	FILE *f;

	snprintf(path, sizeof path, "%s/log", fake.dir);
	p = play(script, "",
		 WORDS("map", "-j2", "--joblog", path, "x", ":::", "a", "b b", "c"));
	ck_assert_int_eq(p.r.status, 3);
	f = fopen(path, "r");
	got[fread(got, 1, sizeof got - 1, f)] = '\0';
	fclose(f);
	ck_assert_str_eq(got, log);
	played_done(&p);
}
END_TEST

/* clang-format off */
static const struct { const char *words[6]; const char *out, *err; int status; } alone[] = {
	{ { "map", "-n", "echo {#} {}", ":::", "a", "b c" }, "echo 1 a\necho 2 'b c'\n", "", 0 },
	{ { "map", "--dry-run", "a {} | b", ":::", "x" }, "a x | b\n", "", 0 },
	{ { "map", "--", ":::", "a" }, "", "reevectl: map: a command is missing\nFor help, use reevectl map --help\n", 255 },
	{ { "map", "x", ":::", "a", ":::", "b" }, "",
	  "reevectl: map: there is more than one :::\nFor help, use reevectl map --help\n", 255 },
	{ { "map", "-jx", "x", ":::", "a" }, "",
	  "reevectl: map: not a number of jobs such as 4, +2, -1 or 50%: 'x'\nFor help, use reevectl map --help\n", 255 },
	{ { "map", "--halt=x", "x", ":::", "a" }, "",
	  "reevectl: map: not never, soon,fail=1, now,success=2, soon,done=50% or alike: 'x'\n"
	  "For help, use reevectl map --help\n", 255 },
	{ { "map", "--tag", "-u", "x" }, "",
	  "reevectl: map: options --tag and --ungroup do not go together\nFor help, use reevectl map --help\n", 255 },
	{ { "map", "-0", "x", ":::", "a" }, "",
	  "reevectl: map: option --null is for items that are read, not for those after :::\n"
	  "For help, use reevectl map --help\n", 255 },
	{ { "map", "--joblog=/nonexistent/x", "x", ":::", "a" }, "",
	  "reevectl: map: /nonexistent/x: No such file or directory\n", 255 },
	{ { "map", "a ; b", ":::", "a" }, "",
	  "reevectl: map: ';' at character 3 of the command: there is no shell here: quote it, or use sh -c '...'\n", 255 },
	{ { "map", "-n", "x", ":::", "a", "\xff" }, "x a\n",
	  "reevectl: map: item 2: not UTF-8, and so it cannot be sent\n", 1 },
};
/* clang-format on */

START_TEST(what_is_wrong_is_told_before_anything_is_asked)
{
	struct played p;
	size_t n = 0;

	while (n < ARRAY_SIZE(alone[_i].words) && alone[_i].words[n])
		n++;
	p = play("", "", n, (char *const *)(uintptr_t)alone[_i].words);
	ck_assert_str_eq(p.r.out, alone[_i].out);
	ck_assert_str_eq(p.r.err, alone[_i].err);
	ck_assert_int_eq(p.r.status, alone[_i].status);
	played_done(&p);
}
END_TEST

/* clang-format off */
static const struct { struct tally t; size_t flying; msec_t elapsed; const char *text; } lines[] = {
	{ { 0, 0, 0 }, 4, 1000, "0 done, 4 under way" },
	{ { 5, 0, 0 }, 4, 1000, "5 done, 4 under way" },
	{ { 5, 2, 20 }, 4, 10000, "5/20 done, 2 failed, 4 under way, 30s left" },
	{ { 20, 0, 20 }, 0, 10000, "20/20 done, 0 under way" },
	{ { 0, 0, 20 }, 1, 10000, "0/20 done, 1 under way" },
};
/* clang-format on */

START_TEST(progress_is_a_count_and_an_estimate)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	ck_assert_int_eq(progress_put(&lines[_i].t, lines[_i].flying, lines[_i].elapsed, &b),
			 0);
	ck_assert_str_eq(buf_str(&b), lines[_i].text);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl map");
	TCase *tc = tcase_create("map");

	tcase_add_checked_fixture(tc, setup_map, teardown);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, items_are_run_and_what_they_print_is_kept_together, 0,
			    ARRAY_SIZE(plays));
	tcase_add_test(tc, the_log_of_jobs_is_that_of_gnu_parallel);
	tcase_add_loop_test(tc, what_is_wrong_is_told_before_anything_is_asked, 0,
			    ARRAY_SIZE(alone));
	tcase_add_loop_test(tc, progress_is_a_count_and_an_estimate, 0, ARRAY_SIZE(lines));
	return s;
}

int main(void)
{
	return harness_run(suite());
}
