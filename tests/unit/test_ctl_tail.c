/* SPDX-License-Identifier: MIT */
/* test_ctl_tail.c - tail: its words, and the stream that comes by a descriptor. */
#include "ctl_harness.h"

#define CALL(name, channel, bytes, follow)                                                     \
	"Tail{\"name\":\"" name "\",\"channel\":\"" channel "\",\"bytes\":" #bytes             \
	",\"follow\":" #follow "}"
#define USAGE                                                                                  \
	"tail [-f|-BYTES] NAME [stdout|stderr]\nShow the end of a log.\n\n"                    \
	"tail NAME                      the last 1600 bytes of what it wrote to stdout\n"      \
	"tail -100 NAME stderr          the last 100 bytes of its stderr\n"                    \
	"tail -f NAME                   the end, and what comes, until Ctrl-C\n"

/* clang-format off */
static const struct row rows[] = {
	{ "tail x", { LOGS(CALL("x", "stdout", 1600, false), "one\ntwo\n", "{}") },
	  "one\ntwo\n\n", NULL, 0 },
	{ "tail -20 x STDERR", { LOGS(CALL("x", "stderr", 20, false), "two\n", "{}") },
	  "two\n\n", NULL, 0 },
	{ "tail -0 g:x", { LOGS(CALL("g:x", "stdout", 0, false), "\x1b[1m\x9b\xe2\x82\xac", "{}") },
	  "\x1b[1m\x9b\xe2\x82\xac\n", NULL, 0 },
	{ "tail x", { LOGS(CALL("x", "stdout", 1600, false), NULL, "{}") }, "\n", NULL, 0 },
	{ "tail x", { SAYS(NULL, "!NoSuchLog{\"name\":\"x\"}") }, "x: ERROR (no log file)\n", NULL, 1 },
	{ "tail x", { SAYS(NULL, "!BadName{\"name\":\"x\"}") },
	  "x: ERROR (no such process name)\n", NULL, 1 },
	{ "tail x", { SAYS(NULL, "!NotPermitted{\"right\":\"operate\"}") },
	  "ERROR: not permitted: it takes the right to operate\n", NULL, 4 },
	{ "tail", { SAYS(NULL, NULL) }, "Error: too few arguments\n" USAGE, NULL, 1 },
	{ "tail a b c d", { SAYS(NULL, NULL) }, "Error: too many arguments\n" USAGE, NULL, 1 },
	{ "tail -f", { SAYS(NULL, NULL) }, "Error: tail requires process name\n", NULL, 1 },
	{ "tail x bogus", { SAYS(NULL, NULL) }, "Error: bad channel 'bogus'\n", NULL, 1 },
	{ "tail -abc x", { SAYS(NULL, NULL) }, "Error: bad argument -abc\n", NULL, 1 },
	{ "tail - x", { SAYS(NULL, NULL) }, "Error: bad argument -\n", NULL, 1 },
	{ "tail -99999999999999999999 x", { SAYS(NULL, NULL) },
	  "Error: bad argument -99999999999999999999\n", NULL, 1 },
	{ "tail -f x", { LOGS(CALL("x", "stdout", 1024, true), "end\n", "{}") },
	  "==> Press Ctrl-C to exit <==\nend\n", "x: the log has ended\n", 0 },
};

static const struct row json_rows[] = {
	{ "tail x", { LOGS(CALL("x", "stdout", 1600, false), "a\xff\n", "{}") },
	  "{\n  \"name\": \"x\",\n  \"channel\": \"stdout\",\n"
	  "  \"text\": \"a\xef\xbf\xbd\\n\"\n}\n", NULL, 0 },
	{ "tail -f x", { SAYS(NULL, NULL) }, NULL, "Error: tail -f does not go with --json\n", 2 },
};

static const struct row terminal_rows[] = {
	{ "tail x", { LOGS(NULL, "\x1b[1m\ttab\r\x7f\xc2\x9b\xff\xe2\x82\xac\xe2\x82", "{}") },
	  "\\x1b[1m\ttab\\x0d\\x7f\\xc2\\x9b\\xff\xe2\x82\xac\\xe2\\x82\n", NULL, 0 },
};
/* clang-format on */

START_TEST(tail_prints_what_supervisorctl_prints)
{
	expect(&rows[_i], false, false);
}
END_TEST

START_TEST(with_json_a_log_is_an_object)
{
	expect(&json_rows[_i], true, false);
}
END_TEST

START_TEST(a_terminal_gets_no_control_characters)
{
	expect(&terminal_rows[_i], false, true);
}
END_TEST

START_TEST(to_follow_what_is_not_there_says_what_supervisorctl_says)
{
	const struct exchange x[EXCHANGES] = { SAYS(NULL, "!BadName{\"name\":\"x\"}") };
	char err[256];
	struct result r;

	snprintf(err, sizeof err, "%s/logtail/x/stdout Cannot read, status code 404\n",
		 fake.url);
	fake_begin(x);
	r = ctl_with("tail -f x", false, false);
	ck_assert_str_eq(r.out, "==> Press Ctrl-C to exit <==\n");
	ck_assert_str_eq(r.err, err);
	ck_assert_int_eq(r.status, 0);
	result_done(&r);
}
END_TEST

/* Read from @fd until @text is all that came. */
static void expect_text(int fd, const char *text)
{
	char got[256];
	size_t len = 0;

	while (len < strlen(text)) {
		const ssize_t n = read(fd, got + len, sizeof got - len - 1);

		ck_assert_int_gt(n, 0);
		len += (size_t)n;
	}
	got[len] = '\0';
	ck_assert_str_eq(got, text);
}

START_TEST(following_ends_well_by_ctrl_c)
{
	/* The daemon answers, and keeps the descriptor until we are gone. */
	const struct exchange x[EXCHANGES] = { LOGS(NULL, "line\n", "{}\n.") };
	struct ctl c = { .url = fake.url, .path = fake.path, .patience = 10000 };
	char *words[] = { (char[]){ "tail" }, (char[]){ "-f" }, (char[]){ "x" } };
	int p[2], status;
	pid_t ctl;

	fake_begin(x);
	ck_assert_int_eq(pipe(p), 0);
	ctl = fork();
	if (ctl == 0) {
		c.out = fdopen(p[1], "w");
		c.err = stderr;
		ctl_run(&c, 3, words);
		fflush(c.out);
		_exit(c.status);
	}
	close(p[1]);
	expect_text(p[0], "==> Press Ctrl-C to exit <==\nline\n");
	kill(ctl, SIGINT);
	expect_text(p[0], "\n");
	ck_assert_int_eq(waitpid(ctl, &status, 0), ctl);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	close(p[0]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl tail");
	TCase *tc = tcase_create("tail");

	tcase_add_checked_fixture(tc, setup, teardown);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, tail_prints_what_supervisorctl_prints, 0, ARRAY_SIZE(rows));
	tcase_add_loop_test(tc, with_json_a_log_is_an_object, 0, ARRAY_SIZE(json_rows));
	tcase_add_loop_test(tc, a_terminal_gets_no_control_characters, 0,
			    ARRAY_SIZE(terminal_rows));
	tcase_add_test(tc, to_follow_what_is_not_there_says_what_supervisorctl_says);
	tcase_add_test(tc, following_ends_well_by_ctrl_c);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
