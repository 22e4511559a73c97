/* SPDX-License-Identifier: MIT */
/* test_words.c - a command line is cut into words as a POSIX shell quotes them. */
#include "conf/config.h"
#include "tests/unit/harness.h"

/* The words of @command with "|" between. */
static void expect_words(const char *command, const char *wanted)
{
	char **words, got[512] = "";
	size_t n, at = 0;

	ck_assert_int_eq(words_split(command, &words, &n), WORDS_OK);
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(got + at, sizeof got - at, "%s%s", i ? "|" : "",
				       words[i]);
	ck_assert_str_eq(got, wanted);
	ck_assert_ptr_null(words[n]);
	free(words);
}

static void expect_outcome(const char *command, int outcome)
{
	char **words = NULL;
	size_t n = 77;

	ck_assert_int_eq(words_split(command, &words, &n), outcome);
	ck_assert_ptr_null(words);
	ck_assert_uint_eq(n, 77);
}

START_TEST(blanks_of_all_kinds_separate)
{
	expect_words("a b", "a|b");
	expect_words("  a \t b\nc\r\nd  ", "a|b|c|d");
}
END_TEST

START_TEST(quotes_group_and_vanish)
{
	expect_words("sh -c 'echo \"hi\"; exit 1'", "sh|-c|echo \"hi\"; exit 1");
	expect_words("a\"b c\"'d e'f", "ab cd ef");
	expect_words("''", "");
	expect_words("a '' \"\" b", "a|||b");
}
END_TEST

START_TEST(a_backslash_takes_the_next_character_as_it_is)
{
	expect_words("a\\ b \\'c \\\\ \\\"", "a b|'c|\\|\"");
	expect_words("\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d");
	expect_words("'a\\b'", "a\\b");
}
END_TEST

START_TEST(nothing_else_is_special)
{
	expect_words("a;b #c $HOME *.x > f & ~ `x`", "a;b|#c|$HOME|*.x|>|f|&|~|`x`");
	expect_words("żółć £", "żółć|£");
}
END_TEST

START_TEST(what_cannot_be_split_says_why)
{
	expect_outcome("a 'b", WORDS_NO_CLOSING);
	expect_outcome("a \"b\\\"", WORDS_NO_CLOSING);
	expect_outcome("a \"b\\", WORDS_NO_ESCAPED);
	expect_outcome("a\\", WORDS_NO_ESCAPED);
	expect_outcome("", WORDS_EMPTY);
	expect_outcome(" \n\t ", WORDS_EMPTY);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("words");
	TCase *tc = harness_case(s, "words");

	tcase_add_test(tc, blanks_of_all_kinds_separate);
	tcase_add_test(tc, quotes_group_and_vanish);
	tcase_add_test(tc, a_backslash_takes_the_next_character_as_it_is);
	tcase_add_test(tc, nothing_else_is_special);
	tcase_add_test(tc, what_cannot_be_split_says_why);
	return harness_run(s);
}
