/* SPDX-License-Identifier: MIT */
/* test_ctl_options.c - options by a table, their help, and the environment that they make. */
#include "ctl/job_env.h"
#include "ctl/map_options.h"
#include "ctl/run.h"
#include "ctl/run_options.h"
#include "harness.h"

/* --- tables ------------------------------------------------------------------------------ */

static const struct flags *const tables[] = { &run_flags, &map_flags, &wait_flags,
					      &forget_flags };

START_TEST(no_two_options_are_called_the_same_and_each_has_help)
{
	const struct flags *f = tables[_i];

	for (size_t i = 0; i < f->n; i++) {
		const struct flag *a = &f->v[i];

		ck_assert(a->letter || a->name);
		ck_assert_uint_gt(strlen(a->help), 0);
		ck_assert_int_eq(!a->value, a->kind == FLAG_SWITCH);
		for (size_t k = 0; k < i; k++) {
			ck_assert_msg(!a->letter || a->letter != f->v[k].letter, "-%c",
				      a->letter);
			ck_assert_str_ne(a->name, f->v[k].name);
		}
	}
}
END_TEST

START_TEST(help_of_a_command_names_each_of_its_options)
{
	static const enum command_id ids[] = { CMD_RUN, CMD_MAP, CMD_WAIT, CMD_FORGET };
	const struct flags *f = tables[_i];
	char *text, option[64];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	help_command(out, &commands[ids[_i]]);
	fclose(out);
	for (size_t i = 0; i < f->n; i++) {
		snprintf(option, sizeof option, "--%s", f->v[i].name);
		ck_assert_msg(strstr(text, option), "%s", option);
		ck_assert_msg(strstr(text, f->v[i].help), "%s", option);
	}
	free(text);
}
END_TEST

/* --- reading ----------------------------------------------------------------------------- */

struct some {
	bool a, b;
	const char *text, *anywhere;
	struct texts list;
	int count, mask;
	msec_t span;
};

/* clang-format off */
#define SOME(letter, name, kind, member, value) \
	{ letter, name, kind, offsetof(struct some, member), value, "help" }
static const struct flag some_rows[] = {
	SOME('a', "all", FLAG_SWITCH, a, NULL), SOME('b', NULL, FLAG_SWITCH, b, NULL),
	SOME('t', "text", FLAG_TEXT, text, "T"), SOME(0, "any", FLAG_ANYWHERE, anywhere, "FILE"),
	SOME('l', "list", FLAG_LIST, list, "L"), SOME('n', "count", FLAG_COUNT, count, "N"),
	SOME('m', "mask", FLAG_OCTAL, mask, "M"), SOME(0, "span", FLAG_TIME, span, "TIME"),
};
static const struct flags some_flags = { some_rows, ARRAY_SIZE(some_rows) };

/* What is set afterwards, "rest" from which word on; or what is said. */
static const struct { const char *words[6]; const char *got; } readings[] = {
	{ { "-a", "x" }, "a=1 b=0 text=- any=- n=0 m=0 span=0 list= rest=1" },
	{ { "-ab", "-tx", "y" }, "a=1 b=1 text=x any=- n=0 m=0 span=0 list= rest=2" },
	{ { "-abt", "x", "y" }, "a=1 b=1 text=x any=- n=0 m=0 span=0 list= rest=2" },
	{ { "--text=x=y", "--any", "z" }, "a=0 b=0 text=x=y any= n=0 m=0 span=0 list= rest=2" },
	{ { "--any=f", "--text", "--all" }, "a=0 b=0 text=--all any=f n=0 m=0 span=0 list= rest=3" },
	{ { "-l", "1", "-l2", "--list=3" }, "a=0 b=0 text=- any=- n=0 m=0 span=0 list=1,2,3, rest=4" },
	{ { "-t", "1", "-t", "2", "--", "-a" }, "a=0 b=0 text=2 any=- n=0 m=0 span=0 list= rest=5" },
	{ { "-n5", "-m", "077", "--span=1.5", "-" }, "a=0 b=0 text=- any=- n=5 m=63 span=1500 list= rest=4" },
	{ { "x", "-a" }, "a=0 b=0 text=- any=- n=0 m=0 span=0 list= rest=0" },
	{ { "" }, "a=0 b=0 text=- any=- n=0 m=0 span=0 list= rest=0" },
	{ { "-ax" }, "option -x not recognized" }, { { "-t" }, "option -t requires argument" },
	{ { "--text" }, "option --text requires argument" }, { { "--al" }, "option --al not recognized" },
	{ { "--all=1" }, "option --all takes no argument" },
	{ { "-n-1" }, "option -n: not a number that is possible here: '-1'" },
	{ { "-nx" }, "option -n: not a number that is possible here: 'x'" },
	{ { "--count=" }, "option --count: not a number that is possible here: ''" },
	{ { "-m1000" }, "option -m: not a mask such as 022: '1000'" },
};

static const struct { const char *text; msec_t span; } spans[] = {
	{ "0", 0 }, { "0.1", 100 }, { "1", 1000 }, { "2s", 2000 }, { "1.5m", 90000 }, { "2h", 7200000 },
	{ "1d", 86400000 }, { "", -1 }, { "s", -1 }, { "1w", -1 }, { "-1", -1 }, { " 1 s", 1000 },
	{ "1e3", -1 }, { "9999999d", -1 },
};
/* clang-format on */

static void show(const struct some *s, size_t rest, struct buf *ret)
{
	int r = buf_printf(ret, "a=%d b=%d text=%s any=%s n=%d m=%d span=%lld list=", s->a,
			   s->b, s->text ? s->text : "-", s->anywhere ? s->anywhere : "-",
			   s->count, s->mask, (long long)s->span);

	for (size_t i = 0; i < s->list.n; i++)
		r |= buf_printf(ret, "%s,", s->list.v[i]);
	r |= buf_printf(ret, " rest=%zu", rest);
	ck_assert_int_eq(r, 0);
}

START_TEST(options_are_written_as_everywhere)
{
	_cleanup_(buf_done) struct buf got = BUF_INIT;
	struct some s = { 0 };
	size_t n = 0, used = 0;
	int r;

	while (n < ARRAY_SIZE(readings[_i].words) && readings[_i].words[n])
		n++;
	r = flags_read(&some_flags, n, (char *const *)(uintptr_t)readings[_i].words, &s, &used,
		       &got);
	if (r == FLAGS_OK)
		show(&s, used, &got);
	ck_assert_str_eq(buf_str(&got), readings[_i].got);
	texts_done(&s.list);
}
END_TEST

START_TEST(times_are_seconds_or_have_a_unit)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	msec_t span = -1;
	const int r = flags_time(spans[_i].text, &span, &why);

	ck_assert_int_eq(r, spans[_i].span < 0 ? FLAGS_BAD : FLAGS_OK);
	ck_assert_int_eq(span, spans[_i].span);
}
END_TEST

/* --- the environment --------------------------------------------------------------------- */

static char scratch[64];

static void setup(void)
{
	scratch_make(scratch, sizeof scratch);
	ck_assert_int_eq(chdir(scratch), 0);
}

static void teardown(void)
{
	scratch_remove(scratch);
}

static void put_file(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "we");

	ck_assert_uint_eq(fwrite(text, 1, len, f), len);
	fclose(f);
}

/* The environment of these options, or what is wrong with them. */
static char *environment(const struct job_options *o)
{
	char *const from[] = { (char[]){ "PATH=/bin" }, (char[]){ "A=1" }, (char[]){ "B=\xff" },
			       (char[]){ "no variable" }, NULL };
	_cleanup_(buf_done) struct buf lost = BUF_INIT, why = BUF_INIT;
	json_t *list;
	char *text;

	if (job_env(o, from, &list, &lost, &why) != JOB_ENV_OK)
		return buf_steal(&why);
	ck_assert_str_eq(buf_str(&lost), o->clean_env ? "" : "B\n");
	text = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	return text;
}

/* clang-format off */
static const struct { const char *file, *env, *secret; bool clean; const char *got; } environments[] = {
	{ NULL, NULL, NULL, false, "[\"PATH=/bin\",\"A=1\"]" },
	{ NULL, NULL, NULL, true, "[\"PATH=/bin\"]" },
	{ NULL, "A", NULL, true, "[\"PATH=/bin\",\"A=1\"]" },
	{ NULL, "NONE", NULL, true, "[\"PATH=/bin\"]" },
	{ NULL, "A=x=y", NULL, false, "[\"PATH=/bin\",\"A=x=y\"]" },
	{ "# c\n\n  C=3\nA=2\nD='q'\n", "A=4", "D=secret", false,
	  "[\"PATH=/bin\",\"A=4\",\"C=3\",\"D=s3\"]" },
	{ "C=3", NULL, NULL, true, "[\"PATH=/bin\",\"C=3\"]" },
	{ "C=3\nx\n", NULL, NULL, true, "file:2: not NAME=VALUE" },
	{ "=3\n", NULL, NULL, true, "file:1: not NAME=VALUE" },
	{ "C=\xff\n", NULL, NULL, true, "file:1: not UTF-8" },
	{ NULL, "=x", NULL, true, "option -E: not NAME=VALUE: '=x'" },
	{ NULL, "B", NULL, true, "option -E: B is not UTF-8" },
	{ NULL, NULL, "X=", true, "option --secret: not NAME=FILE: 'X='" },
	{ NULL, NULL, "X=nul", true, "option --secret: nul: a NUL byte" },
	{ NULL, NULL, "X=long", true, "option --secret: long: more than 64 KiB" },
	{ NULL, NULL, "X=none", true, "option --secret: none: No such file or directory" },
};
/* clang-format on */

START_TEST(the_environment_is_the_callers_then_files_then_options_then_secrets)
{
	_cleanup_(job_options_done) struct job_options o = JOB_OPTIONS_INIT;
	static const char huge[70000] = { 'x' };
	char *got;

	put_file("secret", "s3\n", 3);
	put_file("nul", "a\0b", 3);
	put_file("long", huge, sizeof huge);
	o.clean_env = environments[_i].clean;
	if (environments[_i].file) {
		put_file("file", environments[_i].file, strlen(environments[_i].file));
		ck_assert_int_eq(texts_add(&o.env_files, "file"), 0);
	}
	if (environments[_i].env)
		ck_assert_int_eq(texts_add(&o.env, environments[_i].env), 0);
	if (environments[_i].secret)
		ck_assert_int_eq(texts_add(&o.secrets, environments[_i].secret), 0);
	got = environment(&o);
	ck_assert_str_eq(got, environments[_i].got);
	free(got);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl options");
	TCase *tc = harness_case(s, "options");
	TCase *env = harness_case(s, "environment");

	tcase_add_loop_test(tc, no_two_options_are_called_the_same_and_each_has_help, 0,
			    ARRAY_SIZE(tables));
	tcase_add_loop_test(tc, help_of_a_command_names_each_of_its_options, 0,
			    ARRAY_SIZE(tables));
	tcase_add_loop_test(tc, options_are_written_as_everywhere, 0, ARRAY_SIZE(readings));
	tcase_add_loop_test(tc, times_are_seconds_or_have_a_unit, 0, ARRAY_SIZE(spans));
	tcase_add_checked_fixture(env, setup, teardown);
	tcase_add_loop_test(env,
			    the_environment_is_the_callers_then_files_then_options_then_secrets,
			    0, ARRAY_SIZE(environments));
	return s;
}

int main(void)
{
	return harness_run(suite());
}
