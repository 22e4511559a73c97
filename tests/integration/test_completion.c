/* SPDX-License-Identifier: MIT */
/* test_completion.c - what bash offers after the words of a command that is being typed. */
#include <limits.h>

#include "tests/integration/capture.h"
#include "tests/integration/instance.h"

static struct instance in;

static void setup(void)
{
	instance_init(&in);
}

static void teardown(void)
{
	instance_done(&in);
}

/* What is offered for "reevectl -c CONF WORDS", one a line, in order; @words ends with what is
 * being typed, which may be "". */
static void offer(struct outcome *o, const char *words)
{
	_cleanup_(buf_done) struct buf script = BUF_INIT;
	char here[PATH_MAX];

	ck_assert_ptr_nonnull(getcwd(here, sizeof here));
	ck_assert_int_eq(buf_printf(&script,
				    "source '%s/packaging/completion.bash'\n"
				    "COMP_WORDS=('%s/reevectl' -c '%s' %s)\n"
				    "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
				    "_reevectl\n"
				    "((${#COMPREPLY[@]})) && "
				    "printf '%%s\\n' \"${COMPREPLY[@]}\" | LC_ALL=C sort\n"
				    "exit 0\n",
				    here, getenv("REEVE_BUILD"), in.conf, words),
			 0);
	capture(o, in.dir, (const char *const[]){ "/bin/bash", "-c", buf_str(&script), NULL },
		NULL);
}

static void expect(const char *words, const char *offered)
{
	_cleanup_(outcome_done) struct outcome o;

	offer(&o, words);
	ck_assert_str_eq(buf_str(&o.err), "");
	ck_assert_str_eq(buf_str(&o.out), offered);
}

static const char *const shop = "[program:cart]\ncommand=puppet wait\n"
				"[program:search]\ncommand=puppet wait\nnumprocs=2\n"
				"process_name=s%(process_num)d\n"
				"[program:mail]\ncommand=puppet wait\n"
				"[group:shop]\nprograms=cart,search\n";

START_TEST(commands_are_those_that_there_are)
{
	expect("re", "reload\nremove\nreopen\nreread\nrestart\n");
	expect("sta", "start\nstatus\n");
	expect("nothing", "");
}
END_TEST

START_TEST(names_are_those_that_run)
{
	instance_run(&in, shop);
	expect("restart ''", "all\nmail\nshop:*\nshop:cart\nshop:s0\nshop:s1\n");
	expect("stop shop:s", "shop:s0\nshop:s1\n");
	expect("tail m", "mail\n");
	expect("tail mail std", "stderr\nstdout\n");
}
END_TEST

START_TEST(groups_are_offered_where_groups_are_meant)
{
	instance_run(&in, shop);
	expect("update ''", "mail\nshop\n");
}
END_TEST

START_TEST(a_signal_comes_before_the_names)
{
	instance_run(&in, shop);
	expect("signal US", "USR1\nUSR2\n");
	expect("signal USR1 ma", "mail\n");
}
END_TEST

START_TEST(options_are_offered_after_a_dash)
{
	expect("--js", "--json\n");
}
END_TEST

START_TEST(without_a_daemon_there_are_no_names)
{
	instance_configure(&in, shop);
	expect("start m", "");
}
END_TEST

/* compgen would run them. */
START_TEST(a_name_is_never_taken_for_code)
{
	char broken[300];

	instance_run(&in, "[program:$(touch${IFS}broken)]\ncommand=puppet wait\n");
	expect("start '$'", "$(touch${IFS}broken)\n");
	expect("start ''", "$(touch${IFS}broken)\nall\n");
	snprintf(broken, sizeof broken, "%s/broken", in.dir);
	ck_assert_int_ne(access(broken, F_OK), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("completion");
	TCase *tc = harness_case(s, "completion");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, commands_are_those_that_there_are);
	tcase_add_test(tc, names_are_those_that_run);
	tcase_add_test(tc, groups_are_offered_where_groups_are_meant);
	tcase_add_test(tc, a_signal_comes_before_the_names);
	tcase_add_test(tc, options_are_offered_after_a_dash);
	tcase_add_test(tc, without_a_daemon_there_are_no_names);
	tcase_add_test(tc, a_name_is_never_taken_for_code);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
