/* SPDX-License-Identifier: MIT */
/*
 * test_golden.c - every tests/golden/NAME.conf is loaded and held against NAME.expect.
 *
 * What is expected are the complaints, then the effective configuration without the lines that
 * a file with one plain program has too. In both, the directory of the files is written "@".
 * A configuration that loads must print to something that prints the same when it is loaded.
 * The name of a file begins with the section of the dialect's description that it is about.
 *
 * With REEVE_GOLDEN=write in the environment the expectations are written instead: read what
 * git diff says about them before you believe it.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "conf/config.h"
#include "tests/unit/harness.h"

static const char plain[] = "[supervisord]\n[program:x]\ncommand=/plain\nprocess_name=plain\n";

/* The directory, and what is in it. */
static char dir[4096], etc[4200];
static char **names;
static size_t n_names;

static char *const variables[] = {
	(char *)"HOME=/home/me",
	(char *)"GREETING=hello",
	(char *)"PERCENT=100%d %%",
	(char *)"ODD= a ; b\n  # c\r ",
	(char *)"QUOTED=a\"b'c\\d,e",
	(char *)"NUMBER=42",
	NULL,
};

static struct config_world world_of_tests(void)
{
	return (struct config_world){
		.environ = variables,
		.host = "myhost",
		.cwd = dir,
		.root = false,
		.runtime_dir = "/run/user/1000",
		.home = "/",
		.processors = 3,
		.etc = etc,
	};
}

/* Append @text with the directory as "@". */
static void append_portable(struct buf *out, const char *text)
{
	const char *hit;

	for (; (hit = strstr(text, dir)); text = hit + strlen(dir)) {
		ck_assert_int_eq(buf_append(out, text, (size_t)(hit - text)), 0);
		ck_assert_int_eq(buf_putc(out, '@'), 0);
	}
	ck_assert_int_eq(buf_puts(out, text), 0);
}

static void append_complaints(struct buf *out, struct diags *d)
{
	diags_sort(d);
	for (size_t i = 0; i < d->n; i++) {
		_cleanup_(buf_done) struct buf line = BUF_INIT;

		ck_assert_int_eq(diag_format(&d->v[i], &line), 0);
		append_portable(out, buf_str(&line));
		ck_assert_int_eq(buf_putc(out, '\n'), 0);
	}
}

static void print_of(const struct config *c, struct buf *out)
{
	ck_assert_int_eq(config_print(c, out), 0);
}

static struct config *load_text(const char *text, const struct config_world *w)
{
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	struct config *c = NULL;
	int r = config_load_text(text, strlen(text), "text.conf", w, &d, &c);

	for (size_t i = 0; i < d.n; i++)
		if (d.v[i].kind == DIAG_ERROR)
			fprintf(stderr, "%u: %s\n", d.v[i].line, d.v[i].text);
	ck_assert_int_eq(r, CONFIG_OK);
	return c;
}

/* Lines of @text that are not in @usual; a section that has none is left out, but a program's
 * and a group's. */
static void append_unusual(struct buf *out, const char *text, const char *usual)
{
	_cleanup_(buf_done) struct buf header = BUF_INIT, line = BUF_INIT;

	for (size_t n; *text; text += n) {
		n = strcspn(text, "\n") + 1;
		buf_clear(&line);
		ck_assert_int_eq(buf_putc(&line, '\n'), 0);
		ck_assert_int_eq(buf_append(&line, text, n), 0);
		if (*text == '[') {
			buf_clear(&header);
			ck_assert_int_eq(buf_puts(&header, buf_str(&line) + 1), 0);
			if (!strchr(buf_str(&line), ':'))
				continue;
		} else if (strstr(usual, buf_str(&line))) {
			continue;
		}
		if (header.len && *text != '[')
			ck_assert_int_eq(buf_puts(out, buf_str(&header)), 0);
		buf_clear(&header);
		append_portable(out, buf_str(&line) + 1);
	}
}

static void expect_round_trip(const struct config *c, const struct config_world *w)
{
	_cleanup_(buf_done) struct buf once = BUF_INIT, twice = BUF_INIT;
	_cleanup_(config_freep) struct config *again = NULL;

	print_of(c, &once);
	again = load_text(buf_str(&once), w);
	print_of(again, &twice);
	ck_assert_str_eq(buf_str(&once), buf_str(&twice));
}

static void append_effective(struct buf *out, const struct config *c,
			     const struct config_world *w)
{
	_cleanup_(buf_done) struct buf all = BUF_INIT, usual = BUF_INIT;
	_cleanup_(config_freep) struct config *base = load_text(plain, w);

	print_of(c, &all);
	print_of(base, &usual);
	append_unusual(out, buf_str(&all), buf_str(&usual));
}

static void read_file(const char *path, struct buf *out)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "re");
	char piece[4096];
	size_t n;

	ck_assert_msg(f, "%s: cannot be read", path);
	while ((n = fread(piece, 1, sizeof piece, f)) > 0)
		ck_assert_int_eq(buf_append(out, piece, n), 0);
}

static void expect_content(const char *path, const struct buf *got)
{
	_cleanup_(buf_done) struct buf wanted = BUF_INIT;
	const char *mode = getenv("REEVE_GOLDEN");

	if (mode && strcmp(mode, "write") == 0) {
		_cleanup_(fclosep) FILE *f = fopen(path, "we");

		ck_assert_ptr_nonnull(f);
		ck_assert_uint_eq(fwrite(buf_str(got), 1, got->len, f), got->len);
		return;
	}
	read_file(path, &wanted);
	ck_assert_str_eq(buf_str(got), buf_str(&wanted));
}

START_TEST(a_configuration_is_read_as_expected)
{
	const struct config_world w = world_of_tests();
	_cleanup_(buf_done) struct buf got = BUF_INIT, path = BUF_INIT;
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	_cleanup_(config_freep) struct config *c = NULL;
	int r;

	ck_assert_int_eq(buf_printf(&path, "%s/%s.conf", dir, names[_i]), 0);
	r = config_load(buf_str(&path), &w, NULL, 0, &d, &c);
	ck_assert_int_ge(r, 0);
	ck_assert_int_eq(r == CONFIG_OK, !d.errors);
	append_complaints(&got, &d);
	if (c) {
		append_effective(&got, c, &w);
		expect_round_trip(c, &w);
	}
	buf_clear(&path);
	ck_assert_int_eq(buf_printf(&path, "%s/%s.expect", dir, names[_i]), 0);
	expect_content(buf_str(&path), &got);
}
END_TEST

START_TEST(twenty_mistakes_are_twenty_complaints)
{
	const struct config_world w = world_of_tests();
	_cleanup_(buf_done) struct buf path = BUF_INIT;
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	struct config *c = NULL;

	ck_assert_int_eq(buf_printf(&path, "%s/twenty-mistakes.conf", dir), 0);
	ck_assert_int_eq(config_load(buf_str(&path), &w, NULL, 0, &d, &c), CONFIG_REFUSED);
	ck_assert_uint_eq(d.errors, 20);
	for (size_t i = 0; i < d.n; i++)
		ck_assert_uint_gt(d.v[i].line, 0);
}
END_TEST

/* What ships has to load, without a warning. */
START_TEST(every_example_loads)
{
	static const char *const examples[] = { "minimal", "web",  "groups",   "all-keys",
						"jobs",	   "logs", "services", "container" };
	struct config_world w = world_of_tests();
	_cleanup_(buf_done) struct buf path = BUF_INIT;
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	_cleanup_(config_freep) struct config *c = NULL;

	w.cwd = "/tmp";
	ck_assert_int_eq(buf_printf(&path, "%s/../../conf/examples/%s.conf", dir, examples[_i]),
			 0);
	ck_assert_int_eq(config_load(buf_str(&path), &w, NULL, 0, &d, &c), CONFIG_OK);
	ck_assert_uint_eq(d.n, 0);
	ck_assert_uint_gt(c->n_groups, 0);
	expect_round_trip(c, &w);
}
END_TEST

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void find_names(void)
{
	_cleanup_(closedirp) DIR *d = opendir("tests/golden");
	struct dirent *e;
	char **v;

	while (d && (e = readdir(d))) {
		const char *dot = strstr(e->d_name, ".conf");

		if (!dot || dot[5])
			continue;
		v = reallocarray(names, n_names + 1, sizeof *names);
		if (!v)
			abort();
		names = v;
		names[n_names] = strndup(e->d_name, (size_t)(dot - e->d_name));
		n_names++;
	}
	if (n_names)
		qsort(names, n_names, sizeof *names, by_name);
}

int main(void)
{
	Suite *s = suite_create("golden");
	TCase *tc = harness_case(s, "golden");
	int r;

	if (!realpath("tests/golden", dir)) {
		fprintf(stderr, "run this from the top of the tree\n");
		return 2;
	}
	(void)snprintf(etc, sizeof etc, "%s/etc", dir);
	find_names();
	tcase_add_loop_test(tc, a_configuration_is_read_as_expected, 0, (int)n_names);
	tcase_add_loop_test(tc, every_example_loads, 0, 8);
	tcase_add_test(tc, twenty_mistakes_are_twenty_complaints);
	r = harness_run(s);
	for (size_t i = 0; i < n_names; i++)
		free(names[i]);
	free(names);
	return r;
}
