/* SPDX-License-Identifier: MIT */
/* test_ctl_reach.c - where the socket is, and what reevectl says if nobody answers there. */
#include <fcntl.h>

#include "ctl/options.h"
#include "ctl/place.h"
#include "ctl_harness.h"

/* %s stands for the URL. */
struct refusal {
	const char *words, *out;
	int status;
};

static void expect_refusal(const struct refusal *row)
{
	struct result r = ctl_with(row->words, false, false);
	const char *url = strstr(row->out, "%s");
	char out[512];

	snprintf(out, sizeof out, "%.*s%s%s", (int)(url - row->out), row->out, fake.url,
		 url + 2);
	ck_assert_str_eq(r.out, out);
	ck_assert_str_eq(r.err, "");
	ck_assert_int_eq(r.status, row->status);
	result_done(&r);
}

/* clang-format off */
static const struct refusal missing[] = {
	{ "pid", "%s no such file\n", 7 },
	{ "start x", "%s no such file\n", 7 },
	{ "tail x", "%s no such file\n", 7 },
	{ "status", "%s no such file\n", 4 },
	{ "shutdown", "ERROR: %s no such file (already shut down?)\n", 1 },
};
static const struct refusal refused[] = {
	{ "pid", "%s refused connection\n", 4 },
	{ "stop x", "%s refused connection\n", 4 },
	{ "status", "%s refused connection\n", 4 },
	{ "shutdown", "ERROR: %s refused connection (already shut down?)\n", 1 },
};
static const struct {
	const char *words;
	struct exchange x[EXCHANGES];
	const char *out;
	int status;
} troubles[] = {
	{ "stop x", { SAYS("Stop{\"names\":[\"x\"]}+", "") }, "ERROR: %s hung up without an answer; see status\n", 1 },
	{ "stop x", { SAYS(NULL, "+{\"outcomes\":[]}") }, "ERROR: %s hung up without an answer; see status\n", 1 },
	{ "status", { SAYS("Status{}", ""), SAYS("Status{}", "") },
	  "ERROR: %s hung up without an answer; see status\n", 4 },
	{ "version", { SAYS("Info{}", "#HTTP/1.0 400 Bad Request") },
	  "ERROR: %s hung up without an answer; see status\n", 1 },
	{ "tail x", { SAYS(NULL, "") }, "ERROR: %s hung up without an answer; see status\n", 1 },
	{ "version", { SAYS("Info{}", "!TooManyConnections{\"limit\":2}") },
	  "ERROR: %s has no room for more than 2 clients\n", 1 },
};
/* clang-format on */

START_TEST(without_a_socket_there_is_no_such_file)
{
	ck_assert_int_eq(unlink(fake.path), 0);
	expect_refusal(&missing[_i]);
}
END_TEST

START_TEST(without_a_listener_the_connection_is_refused)
{
	close(fake.listening);
	fake.listening = open("/dev/null", O_RDONLY | O_CLOEXEC);
	expect_refusal(&refused[_i]);
}
END_TEST

START_TEST(a_daemon_that_does_not_answer_is_named)
{
	fake_begin(troubles[_i].x);
	expect_refusal(
		&(struct refusal){ troubles[_i].words, troubles[_i].out, troubles[_i].status });
}
END_TEST

START_TEST(a_daemon_that_talks_nonsense_is_named)
{
	static const char nonsense[] = "HTTP/1.0 400 Bad Request\r\n";
	struct result r;
	char call[256];
	int fd;

	fake.pid = fork();
	ck_assert_int_ge(fake.pid, 0);
	if (fake.pid == 0) {
		fd = accept(fake.listening, NULL, NULL);
		fake_hear(fd, call, sizeof call, (int[FAKE_FDS]){ 0 });
		(void)!send(fd, nonsense, sizeof nonsense, MSG_NOSIGNAL);
		for (;;)
			pause();
	}
	r = ctl_with("version", false, false);
	ck_assert_ptr_nonnull(strstr(r.out, " does not speak our protocol\n"));
	ck_assert_int_eq(r.status, 1);
	result_done(&r);
}
END_TEST

START_TEST(a_daemon_that_is_silent_is_given_up_in_time)
{
	const struct exchange x[EXCHANGES] = { SAYS("Info{}", ".") };
	struct ctl c = { .url = fake.url, .path = fake.path, .patience = 1 };
	char *words[] = { (char[]){ "version" } };
	char *out = NULL;
	size_t len;

	fake_begin(x);
	c.out = open_memstream(&out, &len);
	c.err = stderr;
	ctl_run(&c, 1, words);
	fclose(c.out);
	ck_assert_ptr_nonnull(strstr(out, " does not answer\n"));
	ck_assert_int_eq(c.status, 1);
	free(out);
}
END_TEST

START_TEST(who_only_looks_looks_again_when_the_manager_is_replaced)
{
	static const struct row row = { "version",
					{ SAYS("Info{}", ""),
					  SAYS("Info{}", "{\"version\":\"2\"}") },
					"2\n",
					NULL,
					0 };

	expect(&row, false, false);
}
END_TEST

/* --- options ----------------------------------------------------------------------------- */

struct line {
	const char *args; /* separated by single blanks; _ is one within a word */
	int outcome;
	const char *said; /* the words joined by '|', or why not */
	const char *flags; /* j, h, v; then -c and -s */
};

/* clang-format off */
static const struct line lines[] = {
	{ "status a b", OPTIONS_RUN, "status|a|b|", "" },
	{ "tail_-100000 print_env", OPTIONS_RUN, "tail|-100000|print_env|", "" },
	{ "tail -f x stderr", OPTIONS_RUN, "tail|-f|x|stderr|", "" },
	{ "--json status", OPTIONS_RUN, "status|", "j" },
	{ "status --json x", OPTIONS_RUN, "status|x|", "j" },
	{ "start -h", OPTIONS_RUN, "start|", "h" },
	{ "-h", OPTIONS_RUN, "", "h" },
	{ "--version", OPTIONS_RUN, "", "v" },
	{ "-c /etc/r.conf pid", OPTIONS_RUN, "pid|", " c=/etc/r.conf" },
	{ "--configuration=/r pid", OPTIONS_RUN, "pid|", " c=/r" },
	{ "--conf /r pid", OPTIONS_RUN, "pid|", " c=/r" },
	{ "-sunix:///s pid", OPTIONS_RUN, "pid|", " s=unix:///s" },
	{ "-- pid", OPTIONS_RUN, "pid|", "" },
	{ "-x", OPTIONS_BAD, "option -x not recognized", "" },
	{ "--frob", OPTIONS_BAD, "option --frob not recognized", "" },
	{ "-c", OPTIONS_BAD, "option -c requires argument", "" },
	{ "--serverurl", OPTIONS_BAD, "option --serverurl requires argument", "" },
};
/* clang-format on */

/* The arguments of a line; a word with an underscore is one word with a blank. */
static int split_args(char *copy, char **argv)
{
	int argc = 1;
	char *rest;

	argv[0] = (char *)(uintptr_t) "reevectl";
	for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
		argv[argc++] = w;
		if (strncmp(w, "tail_", 5) == 0)
			w[4] = ' ';
	}
	return argc;
}

static void expect_options(const struct options *o, const struct line *l)
{
	_cleanup_(buf_done) struct buf words = BUF_INIT, flags = BUF_INIT;
	int r = 0;

	for (size_t i = 0; i < o->n_words; i++)
		r |= buf_printf(&words, "%s|", o->words[i]);
	r |= buf_puts(&flags, o->json ? "j" : "");
	r |= buf_puts(&flags, o->help ? "h" : "");
	r |= buf_puts(&flags, o->version ? "v" : "");
	if (o->config)
		r |= buf_printf(&flags, " c=%s", o->config);
	if (o->url)
		r |= buf_printf(&flags, " s=%s", o->url);
	ck_assert_int_eq(r, 0);
	ck_assert_str_eq(buf_str(&words), l->said);
	ck_assert_str_eq(buf_str(&flags), l->flags);
}

START_TEST(options_are_read_up_to_the_command_and_words_split_at_blanks)
{
	const struct line *l = &lines[_i];
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	_cleanup_(options_done) struct options o;
	char copy[256], *argv[16];
	int argc, r;

	snprintf(copy, sizeof copy, "%s", l->args);
	argc = split_args(copy, argv);
	r = options_read(argc, argv, &o, &why);
	ck_assert_int_eq(r, l->outcome);
	if (r == OPTIONS_BAD)
		ck_assert_str_eq(buf_str(&why), l->said);
	else
		expect_options(&o, l);
}
END_TEST

/* --- the place --------------------------------------------------------------------------- */

static void put_file(const char *text, char *path, size_t size)
{
	FILE *f;

	snprintf(path, size, "%s/r.conf", fake.dir);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

/* clang-format off */
static const struct {
	const char *file, *socket;
} places[] = {
	{ "[supervisord]\n[reeve]\nsocket=/run/here.sock\n", "/run/here.sock" },
	{ "[supervisord]\n[reeve]\nsocket=/run/%(program)s.sock\nsocket=/run/b.sock ; the last counts\n",
	  "/run/b.sock" },
	/* The file is being edited, and the daemon still runs. */
	{ "[supervisord]\n[program:x]\nautostart=maybe\n[reeve]\nsocket = /run/c.sock\n"
	  "[program:y]\nnumprocs=a lot\n", "/run/c.sock" },
	{ "[supervisord]\n[include]\nfiles=x/*\n[program:x]\nautostart=maybe\n[reeve]\nsocket=/run/d\n",
	  "/run/d" },
	/* What only the reader of files can tell. */
	{ "\xef\xbb\xbf[reeve]\nsocket=/run/e\n[supervisord]\n", "/run/e" },
	{ "[supervisord]\r[reeve]\rsocket=/run/f\r", "/run/f" },
	{ "[supervisord]\n[reeve]\nsocket=/run/g\n; [reeve]\n[program:reeve]\ncommand=x\n", "/run/g" },
};
/* clang-format on */

START_TEST(the_socket_is_where_the_configuration_says)
{
	_cleanup_(buf_done) struct buf path = BUF_INIT, why = BUF_INIT;
	char file[108];

	put_file(places[_i].file, file, sizeof file);
	ck_assert_int_eq(place_find(NULL, file, "reevectl", &path, &why), PLACE_OK);
	ck_assert_str_eq(buf_str(&path), places[_i].socket);
}
END_TEST

/* It may be that another file says so, or says otherwise. */
START_TEST(a_file_that_leaves_a_doubt_is_not_guessed_about)
{
	_cleanup_(buf_done) struct buf path = BUF_INIT, why = BUF_INIT;
	char file[108], expected[512];

	put_file("[supervisord]\n[include]\nfiles=none/*.conf\n[program:x]\nautostart=maybe\n",
		 file, sizeof file);
	ck_assert_int_eq(place_find(NULL, file, "reevectl", &path, &why), PLACE_BAD);
	snprintf(expected, sizeof expected,
		 "could not find the socket in config file %s\n%s:", file, file);
	ck_assert_int_eq(strncmp(buf_str(&why), expected, strlen(expected)), 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&why), "maybe"));
}
END_TEST

START_TEST(without_a_word_about_it_the_socket_is_in_the_default_place)
{
	_cleanup_(buf_done) struct buf path = BUF_INIT, why = BUF_INIT;
	char file[108], expected[128];

	setenv("XDG_RUNTIME_DIR", fake.dir, 1);
	put_file("[supervisord]\n", file, sizeof file);
	ck_assert_int_eq(place_find(NULL, file, "reevectl", &path, &why), PLACE_OK);
	if (geteuid() == 0)
		snprintf(expected, sizeof expected, "/run/reeve/reeve.sock");
	else
		snprintf(expected, sizeof expected, "%s/reeve/reeve.sock", fake.dir);
	ck_assert_str_eq(buf_str(&path), expected);
}
END_TEST

START_TEST(a_url_beats_every_file)
{
	_cleanup_(buf_done) struct buf path = BUF_INIT, why = BUF_INIT;

	ck_assert_int_eq(place_find("unix:///a/b", "/no/such/file", "reevectl", &path, &why),
			 PLACE_OK);
	ck_assert_str_eq(buf_str(&path), "/a/b");
}
END_TEST

START_TEST(a_url_of_another_kind_is_refused)
{
	static const char *const urls[] = { "http://localhost:9001", "unix://relative", "",
					    "/s" };

	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		_cleanup_(buf_done) struct buf path = BUF_INIT, why = BUF_INIT;

		ck_assert_int_eq(place_find(urls[i], NULL, "reevectl", &path, &why), PLACE_BAD);
		ck_assert_ptr_nonnull(strstr(buf_str(&why), "must be unix:///PATH"));
	}
}
END_TEST

START_TEST(a_file_that_was_named_must_be_there)
{
	_cleanup_(buf_done) struct buf path = BUF_INIT, why = BUF_INIT;

	ck_assert_int_eq(place_find(NULL, "/no/such/file", "reevectl", &path, &why), PLACE_BAD);
	ck_assert_str_eq(buf_str(&why), "could not find config file /no/such/file");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl reach");
	TCase *tc = tcase_create("reach");

	tcase_add_checked_fixture(tc, setup, teardown);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, without_a_socket_there_is_no_such_file, 0, ARRAY_SIZE(missing));
	tcase_add_loop_test(tc, without_a_listener_the_connection_is_refused, 0,
			    ARRAY_SIZE(refused));
	tcase_add_loop_test(tc, a_daemon_that_does_not_answer_is_named, 0,
			    ARRAY_SIZE(troubles));
	tcase_add_test(tc, a_daemon_that_talks_nonsense_is_named);
	tcase_add_test(tc, a_daemon_that_is_silent_is_given_up_in_time);
	tcase_add_test(tc, who_only_looks_looks_again_when_the_manager_is_replaced);
	tcase_add_loop_test(tc, options_are_read_up_to_the_command_and_words_split_at_blanks, 0,
			    ARRAY_SIZE(lines));
	tcase_add_loop_test(tc, the_socket_is_where_the_configuration_says, 0,
			    ARRAY_SIZE(places));
	tcase_add_test(tc, without_a_word_about_it_the_socket_is_in_the_default_place);
	tcase_add_test(tc, a_file_that_leaves_a_doubt_is_not_guessed_about);
	tcase_add_test(tc, a_url_beats_every_file);
	tcase_add_test(tc, a_url_of_another_kind_is_refused);
	tcase_add_test(tc, a_file_that_was_named_must_be_there);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
