/* SPDX-License-Identifier: MIT */
#include "daemon/manager/recipe.h"

#include <inttypes.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#include "tests/unit/harness.h"

/* The specs of the configuration are mutable for their owner only; nothing writes here. */
#define TEXT(s) ((char *)(uintptr_t)(s))

static struct process_spec spec;
static struct group_spec group;
static struct unit unit;
static struct recipe recipe;
static struct link_msg msg;
static char *no_env[] = { NULL };

static void setup(void)
{
	spec = (struct process_spec){ .name = TEXT("p"),
				      .command = TEXT("run"),
				      .umask = UMASK_INHERIT };
	group = (struct group_spec){ .name = TEXT("g") };
	unit = (struct unit){ .id = 3, .group = &group, .spec = &spec };
}

static void teardown(void)
{
	recipe_done(&recipe);
}

static void expect_strs(const struct link_strs *list, const char *const *want)
{
	const char *s = list->first;
	uint32_t n = 0;

	for (; want[n]; n++, s = link_strs_next(s)) {
		ck_assert_uint_lt(n, list->n);
		ck_assert_str_eq(s, want[n]);
	}
	ck_assert_uint_eq(n, list->n);
	ck_assert_ptr_eq(s, list->first + list->bytes);
}
#define EXPECT_STRS(list, ...) expect_strs(list, (const char *const[]){ __VA_ARGS__, NULL })

START_TEST(words_become_arguments)
{
	spec.command = TEXT("sh -c 'a b' \"\"");
	ck_assert_int_eq(recipe_make(&recipe, &unit, no_env, &msg), RECIPE_OK);
	ck_assert_int_eq(msg.type, LINK_SPAWN);
	ck_assert_uint_eq(msg.spawn.id, 3);
	EXPECT_STRS(&msg.spawn.argv, "sh", "-c", "a b", "");
}
END_TEST

START_TEST(limits_are_told_and_what_is_not_set_is_not)
{
	const struct link_rlimit *l;

	spec.limits = (struct limits_spec){ .nice = LIMIT_INHERIT,
					    .oom_score_adj = -5,
					    .ioprio = LIMIT_INHERIT,
					    .memory_max = { AMOUNT_NUMBER, 1 << 20 },
					    .tasks_max = { AMOUNT_NUMBER, 7 },
					    .cpu_max = { 20000, 100000 },
					    .io_weight = 50 };
	spec.limits.rlimit[LIMIT_CORE] = (struct rlimit_spec){ true, 0, LIMIT_UNLIMITED };
	ck_assert_int_eq(recipe_make(&recipe, &unit, no_env, &msg), RECIPE_OK);
	EXPECT_STRS(&msg.spawn.cgroup, "memory.max=1048576", "pids.max=7",
		    "cpu.max=20000 100000", "io.weight=50");
	ck_assert_uint_eq(msg.spawn.given, LINK_OOM_SCORE_ADJ);
	ck_assert_int_eq(msg.spawn.oom_score_adj, -5);
	ck_assert_uint_eq(msg.spawn.rlimits.n, sizeof *l);
	l = (const void *)msg.spawn.rlimits.data;
	ck_assert_uint_eq(l->resource, RLIMIT_CORE);
	ck_assert_uint_eq(l->soft, 0);
	ck_assert_uint_eq(l->hard, UINT64_MAX);
}
END_TEST

START_TEST(a_share_of_all_there_is_becomes_a_number)
{
	struct sysinfo si;
	char want[64];

	ck_assert_int_eq(sysinfo(&si), 0);
	(void)snprintf(want, sizeof want, "memory.high=%" PRIu64,
		       (uint64_t)si.totalram * si.mem_unit / 2);
	spec.limits = (struct limits_spec){ .memory_high = { AMOUNT_PERCENT, 5000 } };
	ck_assert_int_eq(recipe_make(&recipe, &unit, no_env, &msg), RECIPE_OK);
	EXPECT_STRS(&msg.spawn.cgroup, want);
}
END_TEST

START_TEST(a_command_that_cannot_be_split_is_told_apart)
{
	spec.command = TEXT("sh -c 'a");
	ck_assert_int_eq(recipe_make(&recipe, &unit, no_env, &msg), RECIPE_UNSPLIT);
	spec.command = TEXT("  ");
	ck_assert_int_eq(recipe_make(&recipe, &unit, no_env, &msg), RECIPE_UNSPLIT);
}
END_TEST

START_TEST(the_environment_names_process_and_group_before_the_programs_own)
{
	struct env_var own[] = { { TEXT("A"), TEXT("1") },
				 { TEXT("SUPERVISOR_ENABLED"), TEXT("no") } };

	spec.environment = (struct env){ own, 2 };
	spec.serverurl = TEXT("http://x");
	ck_assert_int_eq(recipe_make(&recipe, &unit, no_env, &msg), RECIPE_OK);
	EXPECT_STRS(&msg.spawn.env, "SUPERVISOR_ENABLED=1", "SUPERVISOR_SERVER_URL=http://x",
		    "SUPERVISOR_PROCESS_NAME=p", "SUPERVISOR_GROUP_NAME=g", "A=1",
		    "SUPERVISOR_ENABLED=no");
}
END_TEST

START_TEST(path_is_the_programs_then_the_daemons_then_the_usual)
{
	struct env_var own[] = { { TEXT("PATH"), TEXT("/own") },
				 { TEXT("PATH"), TEXT("/later") } };
	char *daemon[] = { (char[]){ "X=1" }, (char[]){ "PATH=/daemon" }, NULL };

	ck_assert_int_eq(recipe_make(&recipe, &unit, no_env, &msg), RECIPE_OK);
	ck_assert_str_eq(msg.spawn.path, "/bin:/usr/bin:/usr/local/bin");
	ck_assert_int_eq(recipe_make(&recipe, &unit, daemon, &msg), RECIPE_OK);
	ck_assert_str_eq(msg.spawn.path, "/daemon");
	spec.environment = (struct env){ own, 2 };
	ck_assert_int_eq(recipe_make(&recipe, &unit, daemon, &msg), RECIPE_OK);
	ck_assert_str_eq(msg.spawn.path, "/later");
}
END_TEST

START_TEST(a_recipe_is_made_anew_each_time)
{
	ck_assert_int_eq(recipe_make(&recipe, &unit, no_env, &msg), RECIPE_OK);
	spec.command = TEXT("other word");
	ck_assert_int_eq(recipe_make(&recipe, &unit, no_env, &msg), RECIPE_OK);
	EXPECT_STRS(&msg.spawn.argv, "other", "word");
}
END_TEST

START_TEST(more_than_any_exec_takes_is_not_sent)
{
	const size_t n = 7 << 20;
	char *value = malloc(n + 1);
	struct env_var large = { TEXT("X"), value };

	ck_assert_ptr_nonnull(value);
	memset(value, 'x', n);
	value[n] = '\0';
	spec.environment = (struct env){ &large, 1 };
	ck_assert_int_eq(recipe_make(&recipe, &unit, no_env, &msg), RECIPE_TOO_LARGE);
	free(value);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("recipe");
	TCase *tc = harness_case(s, "recipe");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, words_become_arguments);
	tcase_add_test(tc, limits_are_told_and_what_is_not_set_is_not);
	tcase_add_test(tc, a_share_of_all_there_is_becomes_a_number);
	tcase_add_test(tc, a_command_that_cannot_be_split_is_told_apart);
	tcase_add_test(tc, the_environment_names_process_and_group_before_the_programs_own);
	tcase_add_test(tc, path_is_the_programs_then_the_daemons_then_the_usual);
	tcase_add_test(tc, a_recipe_is_made_anew_each_time);
	tcase_add_test(tc, more_than_any_exec_takes_is_not_sent);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
