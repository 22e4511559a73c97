/* SPDX-License-Identifier: MIT */
/* test_job_spec.c - what a job is to run: from JSON, and from what it shares with others. */
#include <signal.h>

#include "daemon/manager/job_spec.h"
#include "harness.h"

static struct job_spec *parse(const char *text, struct job_spec *base, enum job_spec_use use)
{
	json_t *o = json_loads(text, 0, NULL);
	struct job_spec *s = NULL;
	const char *wrong;

	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(job_spec_parse(o, base, use, &wrong, &s), JOB_SPEC_OK);
	json_decref(o);
	return s;
}

static void expect_wrong(const char *text, const char *field)
{
	json_t *o = json_loads(text, 0, NULL);
	struct job_spec *s;
	const char *wrong = "";

	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(job_spec_parse(o, NULL, JOB_SPEC_ALONE, &wrong, &s), JOB_SPEC_WRONG);
	ck_assert_str_eq(wrong, field);
	json_decref(o);
}

/* The strings of a list, each followed by '|'. */
static const char *listed(const struct link_strs *l)
{
	static char text[256];
	const char *s = l->first;

	text[0] = '\0';
	for (uint32_t i = 0; i < l->n; i++, s = link_strs_next(s))
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s|", s);
	return text;
}

START_TEST(all_that_is_said_is_there)
{
	struct job_spec *s = parse("{\"stages\":[[\"a\",\"b c\"],[\"d\"]],"
				   "\"env\":[\"X=1\",\"PATH=/p\",\"Y=\"],\"clean_env\":true,"
				   "\"directory\":\"/d\",\"umask\":18,\"stdin\":\"fd\","
				   "\"stdout\":\"log\",\"stderr\":\"stdout\",\"timeout_ms\":5,"
				   "\"kill_after_ms\":6,\"signal\":\"INT\",\"pool\":\"p\","
				   "\"priority\":-3,\"after\":[7,9],\"label\":\"l\"}",
				   NULL, JOB_SPEC_ALONE);

	ck_assert_uint_eq(s->n, 2);
	ck_assert_str_eq(listed(&s->argv[0]), "a|b c|");
	ck_assert_str_eq(listed(&s->argv[1]), "d|");
	ck_assert_str_eq(listed(&s->env->list), "X=1|PATH=/p|Y=|");
	ck_assert_str_eq(s->env->path, "/p");
	ck_assert(s->clean_env);
	ck_assert_str_eq(s->directory, "/d");
	ck_assert_int_eq(s->umask, 18);
	ck_assert(s->in == JOB_FD && s->out == JOB_LOG && s->err == JOB_STDOUT);
	ck_assert_int_eq(s->timeout, 5);
	ck_assert_int_eq(s->kill_after, 6);
	ck_assert_int_eq(s->signal, SIGINT);
	ck_assert_str_eq(s->pool, "p");
	ck_assert_int_eq(s->priority, -3);
	ck_assert_uint_eq(s->n_after, 2);
	ck_assert_uint_eq(s->after[0], 7);
	ck_assert_uint_eq(s->after[1], 9);
	ck_assert_str_eq(s->label, "l");
	ck_assert_uint_eq(job_spec_fds(s), 1);
	job_spec_unref(s);
}
END_TEST

START_TEST(what_is_not_said_has_a_default)
{
	struct job_spec *s =
		parse("{\"stages\":[[\"a\"]],\"label\":null}", NULL, JOB_SPEC_ALONE);

	ck_assert(s->in == JOB_NULL && s->out == JOB_LOG && s->err == JOB_LOG);
	ck_assert_ptr_null(s->env);
	ck_assert_ptr_null(s->pool);
	ck_assert_str_eq(s->directory, "");
	ck_assert_str_eq(s->label, "");
	ck_assert_int_eq(s->umask, -1);
	ck_assert_int_eq(s->signal, SIGTERM);
	ck_assert_int_eq(s->kill_after, 10000);
	ck_assert_int_eq(s->timeout, 0);
	job_spec_unref(s);
	s = parse("{\"stages\":[[\"a\"]]}", NULL, JOB_SPEC_SESSION);
	ck_assert(s->in == JOB_NULL && s->out == JOB_NULL && s->err == JOB_NULL);
	job_spec_unref(s);
}
END_TEST

START_TEST(what_is_not_said_is_as_in_the_template)
{
	struct job_spec *base = parse("{\"env\":[\"X=1\"],\"directory\":\"/d\","
				      "\"stdout\":\"fd\",\"pool\":\"p\",\"priority\":4}",
				      NULL, JOB_SPEC_TEMPLATE);
	struct job_spec *s =
		parse("{\"stages\":[[\"a\"]],\"priority\":5}", base, JOB_SPEC_SESSION);
	struct job_spec *other =
		parse("{\"stages\":[[\"a\"]],\"env\":[\"Y=2\"]}", base, JOB_SPEC_SESSION);

	ck_assert_uint_eq(base->n, 0);
	ck_assert_ptr_eq(s->env, base->env); /* once for all */
	job_spec_unref(base);
	ck_assert_str_eq(listed(&s->env->list), "X=1|");
	ck_assert_str_eq(s->directory, "/d");
	ck_assert_str_eq(s->pool, "p");
	ck_assert_int_eq(s->priority, 5);
	ck_assert_uint_eq(job_spec_fds(s), 1);
	ck_assert_str_eq(listed(&other->env->list), "Y=2|");
	ck_assert_int_eq(other->priority, 4);
	job_spec_unref(s);
	job_spec_unref(other);
}
END_TEST

START_TEST(the_environment_goes_when_it_is_not_needed)
{
	struct job_spec *base = parse("{\"env\":[\"X=1\"]}", NULL, JOB_SPEC_TEMPLATE);
	struct job_spec *s = parse("{\"stages\":[[\"a\"]]}", base, JOB_SPEC_SESSION);
	struct job_spec *own =
		parse("{\"stages\":[[\"a\"]],\"env\":[\"Y=2\"]}", base, JOB_SPEC_SESSION);
	const size_t bytes = own->bytes;

	ck_assert_uint_eq(job_spec_has_run(s), 0);
	ck_assert_str_eq(listed(&base->env->list), "X=1|");
	ck_assert_uint_gt(job_spec_has_run(own), 0);
	ck_assert_uint_lt(own->bytes, bytes);
	ck_assert_ptr_null(own->env);
	job_spec_unref(s);
	job_spec_unref(own);
	job_spec_unref(base);
}
END_TEST

/* clang-format off */
static const struct { const char *text, *field; } wrongs[] = {
	{ "{}", "stages" },
	{ "{\"stages\":[]}", "stages" },
	{ "{\"stages\":[[]]}", "stages" },
	{ "{\"stages\":[[\"a\"],[]]}", "stages" },
	{ "{\"stages\":[\"a\"]}", "stages" },
	{ "{\"stages\":[[1]]}", "stages" },
	{ "{\"stages\":[[\"a\"]],\"env\":[\"X\"]}", "env" },
	{ "{\"stages\":[[\"a\"]],\"env\":[\"=1\"]}", "env" },
	{ "{\"stages\":[[\"a\"]],\"env\":{}}", "env" },
	{ "{\"stages\":[[\"a\"]],\"clean_env\":1}", "clean_env" },
	{ "{\"stages\":[[\"a\"]],\"directory\":1}", "directory" },
	{ "{\"stages\":[[\"a\"]],\"umask\":512}", "umask" },
	{ "{\"stages\":[[\"a\"]],\"umask\":-1}", "umask" },
	{ "{\"stages\":[[\"a\"]],\"stdin\":\"log\"}", "stdin" },
	{ "{\"stages\":[[\"a\"]],\"stdin\":\"\"}", "stdin" },
	{ "{\"stages\":[[\"a\"]],\"stdout\":\"stdout\"}", "stdout" },
	{ "{\"stages\":[[\"a\"]],\"stderr\":\"else\"}", "stderr" },
	{ "{\"stages\":[[\"a\"]],\"timeout_ms\":-1}", "timeout_ms" },
	{ "{\"stages\":[[\"a\"]],\"kill_after_ms\":\"1\"}", "kill_after_ms" },
	{ "{\"stages\":[[\"a\"]],\"signal\":\"NONE\"}", "signal" },
	{ "{\"stages\":[[\"a\"]],\"signal\":15}", "signal" },
	{ "{\"stages\":[[\"a\"]],\"pool\":[]}", "pool" },
	{ "{\"stages\":[[\"a\"]],\"priority\":3000000000}", "priority" },
	{ "{\"stages\":[[\"a\"]],\"after\":[0]}", "after" },
	{ "{\"stages\":[[\"a\"]],\"after\":7}", "after" },
	{ "{\"stages\":[[\"a\"]],\"label\":true}", "label" },
	{ "{\"stages\":[[\"a\"]],\"what\":1}", "what" },
};
/* clang-format on */

START_TEST(a_wrong_field_is_named)
{
	expect_wrong(wrongs[_i].text, wrongs[_i].field);
}
END_TEST

START_TEST(there_may_be_so_many_stages_and_no_more)
{
	char text[64 * 8 + 64] = "{\"stages\":[";

	for (int i = 0; i < JOB_STAGES_MAX; i++)
		strcat(text, i ? ",[\"a\"]" : "[\"a\"]");
	strcat(text, "]}");
	job_spec_unref(parse(text, NULL, JOB_SPEC_ALONE));
	text[strlen(text) - 2] = '\0';
	strcat(text, ",[\"a\"]]}");
	expect_wrong(text, "stages");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("job spec");
	TCase *tc = harness_case(s, "spec");

	tcase_add_test(tc, all_that_is_said_is_there);
	tcase_add_test(tc, what_is_not_said_has_a_default);
	tcase_add_test(tc, what_is_not_said_is_as_in_the_template);
	tcase_add_test(tc, the_environment_goes_when_it_is_not_needed);
	tcase_add_loop_test(tc, a_wrong_field_is_named, 0, (int)ARRAY_SIZE(wrongs));
	tcase_add_test(tc, there_may_be_so_many_stages_and_no_more);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
