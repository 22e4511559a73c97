/* SPDX-License-Identifier: MIT */
#include "daemon/manager/options.h"

#include <errno.h>

#include "tests/unit/harness.h"

static struct options o;
static struct buf why;

static void teardown(void)
{
	buf_done(&why);
}

#define PARSE(...) parse((const char *const[]){ "reeved", __VA_ARGS__, NULL })

/* Options borrow from the words, which in main() live as long as they do. */
static const char *given[16];

static int parse(const char *const *argv)
{
	int argc = 0;

	for (; argv[argc]; argc++) {
		ck_assert_uint_lt((size_t)argc + 1, ARRAY_SIZE(given));
		given[argc] = argv[argc];
	}
	given[argc] = NULL;
	return options_parse(argc, given, &o, &why);
}

static const char * override(const char *key)
{
	for (size_t i = 0; i < o.n_over; i++)
		if (strcmp(o.over[i].key, key) == 0)
			return o.over[i].value;
	return NULL;
}

START_TEST(every_form_of_an_option_means_the_same)
{
	ck_assert_int_eq(PARSE("-c", "f", "-l", "log"), 0);
	ck_assert_str_eq(o.config, "f");
	ck_assert_str_eq(override("logfile"), "log");
	ck_assert_int_eq(PARSE("-cf", "-llog"), 0);
	ck_assert_str_eq(o.config, "f");
	ck_assert_str_eq(override("logfile"), "log");
	ck_assert_int_eq(PARSE("--configuration=f", "--logfile", "log"), 0);
	ck_assert_str_eq(o.config, "f");
	ck_assert_str_eq(override("logfile"), "log");
}
END_TEST

START_TEST(letters_without_values_stand_together)
{
	ck_assert_int_eq(PARSE("-nsk"), 0);
	ck_assert_str_eq(override("nodaemon"), "true");
	ck_assert_str_eq(override("silent"), "true");
	ck_assert_str_eq(override("nocleanup"), "true");
}
END_TEST

START_TEST(a_word_may_be_cut_short_while_it_is_clear)
{
	ck_assert_int_eq(PARSE("--logfile_m", "1MB", "--conf", "f"), 0);
	ck_assert_str_eq(override("logfile_maxbytes"), "1MB");
	ck_assert_int_eq(PARSE("--logfile_", "x"), -EINVAL);
}
END_TEST

START_TEST(an_option_given_twice_is_refused)
{
	ck_assert_int_eq(PARSE("-i", "a", "--identifier=b"), -EINVAL);
	ck_assert_str_eq(buf_str(&why), "conflicting command line option '--identifier'");
}
END_TEST

START_TEST(what_is_no_option_is_refused_with_its_name)
{
	ck_assert_int_eq(PARSE("-n", "foo", "bar"), -EINVAL);
	ck_assert_str_eq(buf_str(&why),
			 "positional arguments are not supported: ['foo', 'bar']");
	buf_clear(&why);
	ck_assert_int_eq(PARSE("-x"), -EINVAL);
	ck_assert_str_eq(buf_str(&why), "unknown option -x");
	buf_clear(&why);
	ck_assert_int_eq(PARSE("-c"), -EINVAL);
	ck_assert_str_eq(buf_str(&why), "this option needs a value: -c");
	buf_clear(&why);
	ck_assert_int_eq(PARSE("--nodaemon=yes"), -EINVAL);
	ck_assert_str_eq(buf_str(&why), "this option takes no value: --nodaemon=yes");
}
END_TEST

START_TEST(actions_are_told_apart)
{
	ck_assert_int_eq(PARSE("-n"), 0);
	ck_assert_int_eq(o.action, OPTIONS_RUN);
	ck_assert_int_eq(PARSE("--check"), 0);
	ck_assert_int_eq(o.action, OPTIONS_CHECK);
	ck_assert_int_eq(PARSE("-?"), 0);
	ck_assert_int_eq(o.action, OPTIONS_HELP);
	ck_assert_int_eq(PARSE("-v"), 0);
	ck_assert_int_eq(o.action, OPTIONS_VERSION);
}
END_TEST

START_TEST(what_follows_two_dashes_is_a_command)
{
	static const char *const argv[] = { "reeved", "-l", "log", "--grace=3", "--",
					    "sh",     "-c", "--",  "-x",	NULL };

	ck_assert_int_eq(parse(argv), 0);
	ck_assert_uint_eq(o.n_command, 4);
	ck_assert_str_eq(o.command[0], "sh");
	ck_assert_str_eq(o.command[3], "-x");
	ck_assert_str_eq(override("logfile"), "log");
	ck_assert_uint_eq(o.n_of_command, 1);
	ck_assert_str_eq(o.of_command[0].key, "stopwaitsecs");
	ck_assert_str_eq(o.of_command[0].value, "3");
	ck_assert_int_eq(PARSE("-n"), 0);
	ck_assert_ptr_null(o.command);
}
END_TEST

START_TEST(a_command_and_what_does_not_go_with_it_are_told_apart)
{
	ck_assert_int_eq(PARSE("--"), -EINVAL);
	ck_assert_str_eq(buf_str(&why), "there is no command after --");
	buf_clear(&why);
	ck_assert_int_eq(PARSE("-c", "f", "--", "true"), -EINVAL);
	ck_assert_str_eq(buf_str(&why), "a command is run without a file: f");
	buf_clear(&why);
	ck_assert_int_eq(PARSE("--grace=3"), -EINVAL);
	ck_assert_str_eq(buf_str(&why), "this option needs a command, after --: --grace=3");
	buf_clear(&why);
	ck_assert_int_eq(PARSE("--grace", "3", "--grace", "4", "--", "true"), -EINVAL);
	ck_assert_str_eq(buf_str(&why), "conflicting command line option '--grace'");
}
END_TEST

START_TEST(help_names_every_option)
{
	static const char *const words[] = { "--configuration", "--check", "--nodaemon",
					     "--silent",	"--umask", "--minprocs" };

	ck_assert_int_eq(options_help(&why), 0);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		ck_assert_msg(strstr(buf_str(&why), words[i]), "no %s", words[i]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("options");
	TCase *tc = harness_case(s, "options");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, every_form_of_an_option_means_the_same);
	tcase_add_test(tc, letters_without_values_stand_together);
	tcase_add_test(tc, a_word_may_be_cut_short_while_it_is_clear);
	tcase_add_test(tc, an_option_given_twice_is_refused);
	tcase_add_test(tc, what_is_no_option_is_refused_with_its_name);
	tcase_add_test(tc, actions_are_told_apart);
	tcase_add_test(tc, what_follows_two_dashes_is_a_command);
	tcase_add_test(tc, a_command_and_what_does_not_go_with_it_are_told_apart);
	tcase_add_test(tc, help_names_every_option);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
