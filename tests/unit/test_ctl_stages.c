/* SPDX-License-Identifier: MIT */
/* test_ctl_stages.c - a line of commands and pipes, split without a shell. */
#include "ctl/stages.h"
#include "harness.h"

/* Words in <>, stages separated by |. */
static void show(const struct stages *s, struct buf *ret)
{
	int r = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (i)
			r |= buf_putc(ret, '|');
		for (char **w = s->v[i]; *w; w++)
			r |= buf_printf(ret, "<%s>", *w);
	}
	ck_assert_int_eq(r, 0);
	ck_assert_ptr_null(s->v[s->n]);
}

/* clang-format off */
static const struct { const char *text, *split; } good[] = {
	{ "true", "<true>" },
	{ "  echo  a\tb ", "<echo><a><b>" },
	{ "openssl enc -e | md5sum", "<openssl><enc><-e>|<md5sum>" },
	{ "a|b|c", "<a>|<b>|<c>" },
	{ "a 'b | c' d", "<a><b | c><d>" },
	{ "a 'it'\\''s'", "<a><it's>" },
	{ "a \"b 'c' | d\"", "<a><b 'c' | d>" },
	{ "a \"\\\\ \\\" \\$x \\` \\n\"", "<a><\\ \" $x ` \\n>" },
	{ "a '$x `y` \\ > * #'", "<a><$x `y` \\ > * #>" },
	{ "a\\ b c\\|d \\$e \\>", "<a b><c|d><$e><>>" },
	{ "a '' \"\" x''y", "<a><><><xy>" },
	{ "'' | ''", "<>|<>" },
	{ "a\\\n b \\\n | \\\nc", "<a><b>|<c>" },
	{ "a \"b\\\nc\"", "<a><bc>" },
	{ "a 'b\nc' \"d\ne\"", "<a><b\nc><d\ne>" },
	{ "\n a b \n\n", "<a><b>" },
	{ "a |\n b", "<a>|<b>" },
	{ "grep x$ \"y$\" z$/", "<grep><x$><y$><z$/>" },
	{ "a b#c d~e x=y {} {a,b} %", "<a><b#c><d~e><x=y><{}><{a,b}><%>" },
	{ "[ -f x ]", "<[><-f><x><]>" },
	{ "a !x", "<a><!x>" },
	{ "/bin/x=y a=b 1=2", "</bin/x=y><a=b><1=2>" },
	{ "\xc3\xa4 \xff\xfe", "<\xc3\xa4><\xff\xfe>" },
};

static const struct { const char *text, *what; size_t at; } wrong[] = {
	{ "", "there is no command", 0 },
	{ "  \n ", "there is no command", 4 },
	{ "|", "a command is missing", 0 },
	{ "a |", "a command is missing", 3 },
	{ "| a", "a command is missing", 0 },
	{ "a || b", "a command is missing", 3 },
	{ "a 'b", "a quote that is not closed", 2 },
	{ "a \"b", "a quote that is not closed", 2 },
	{ "a \"b\\\"", "a quote that is not closed", 2 },
	{ "a b\\", "a backslash with nothing after it", 3 },
	{ "a; b", "';'", 1 },
	{ "a & b", "'&'", 2 },
	{ "a |& b", "'&'", 3 },
	{ "a 2>x", "'>'", 3 },
	{ "a <x", "'<'", 2 },
	{ "(a)", "a parenthesis", 0 },
	{ "a b)", "a parenthesis", 3 },
	{ "a $x", "'$'", 2 },
	{ "a ${x}", "'$'", 2 },
	{ "a $(x)", "'$'", 2 },
	{ "a $?", "'$'", 2 },
	{ "a $'x'", "'$'", 2 },
	{ "a \"b $x\"", "'$'", 5 },
	{ "a \"b `x`\"", "'`'", 5 },
	{ "a `x`", "'`'", 2 },
	{ "ls *.c", "'*'", 3 },
	{ "ls a?", "'?'", 4 },
	{ "ls a[bc]", "'['", 4 },
	{ "ls ~/x", "'~'", 3 },
	{ "ls #x", "'#'", 3 },
	{ "a\nb", "a newline", 1 },
	{ "LC_ALL=C sort", "a variable before the command", 0 },
	{ "a | _x1= sort", "a variable before the command", 4 },
	{ "! a", "'!'", 0 },
};
/* clang-format on */

START_TEST(words_and_stages_are_those_of_a_shell)
{
	struct stages s = { 0 };
	struct stages_fault f;
	struct buf shown = BUF_INIT;

	ck_assert_int_eq(stages_split(good[_i].text, &s, &f), STAGES_OK);
	show(&s, &shown);
	ck_assert_str_eq(buf_str(&shown), good[_i].split);
	buf_done(&shown);
	stages_done(&s);
}
END_TEST

START_TEST(what_only_a_shell_can_do_is_refused_with_its_place)
{
	struct stages s = { 0 };
	struct stages_fault f;

	ck_assert_int_eq(stages_split(wrong[_i].text, &s, &f), STAGES_BAD);
	ck_assert_str_eq(f.what, wrong[_i].what);
	ck_assert_uint_eq(f.at, wrong[_i].at);
	ck_assert_ptr_null(s.v);
}
END_TEST

START_TEST(a_word_is_a_line_if_it_has_a_blank_or_a_pipe)
{
	ck_assert(stages_needed("a b"));
	ck_assert(stages_needed("a|b"));
	ck_assert(stages_needed("a\n"));
	ck_assert(!stages_needed("/bin/a"));
	ck_assert(!stages_needed("$x;'"));
	ck_assert(!stages_needed(""));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl stages");
	TCase *tc = harness_case(s, "stages");

	tcase_add_loop_test(tc, words_and_stages_are_those_of_a_shell, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(tc, what_only_a_shell_can_do_is_refused_with_its_place, 0,
			    ARRAY_SIZE(wrong));
	tcase_add_test(tc, a_word_is_a_line_if_it_has_a_blank_or_a_pipe);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
