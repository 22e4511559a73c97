/* SPDX-License-Identifier: MIT */
#include "daemon/keeper/quick.h"
#include "tests/unit/harness.h"

static struct keeper k;

static void setup(void)
{
	k = (struct keeper){ .null = -1 };
	ck_assert_int_eq(loop_new(&k.loop), 0);
}

static void teardown(void)
{
	k.loop = loop_free(k.loop);
}

static struct link_spawn recipe(const char *command, const char *path, const char *directory)
{
	return (struct link_spawn){ .argv = { command, 1, (uint32_t)strlen(command) + 1 },
				    .path = path,
				    .directory = directory,
				    .user = "",
				    .stdin_path = "" };
}

static uint64_t key_of(const char *command, const char *path, const char *directory)
{
	const struct link_spawn r = recipe(command, path, directory);

	return quick_key(&r);
}

START_TEST(what_decides_which_files_are_looked_for_makes_the_key_and_nothing_else)
{
	struct link_spawn a = recipe("run\0one", "/bin", ""),
			  b = recipe("run\0two", "/bin", "");

	a.argv.n = b.argv.n = 2;
	b.id = 7;
	b.umask = 077;
	b.fds = 7;
	ck_assert_uint_eq(quick_key(&a), quick_key(&b));
	ck_assert_uint_ne(key_of("run", "/bin", ""), key_of("ran", "/bin", ""));
	ck_assert_uint_ne(key_of("run", "/bin", ""), key_of("run", "/usr", ""));
	ck_assert_uint_ne(key_of("run", "/bin", ""), key_of("run", "/bin", "/tmp"));
	ck_assert_uint_ne(key_of("run", "/bin", ""), key_of("run", "", "/bin"));
}
END_TEST

START_TEST(who_may_hang_elsewhere_is_never_quick)
{
	struct link_spawn user = recipe("run", "/bin", ""), input = user, nothing = user;

	user.user = "nobody";
	input.stdin_path = "/dev/null";
	nothing.argv.n = 0;
	ck_assert_uint_eq(quick_key(&user), 0);
	ck_assert_uint_eq(quick_key(&input), 0);
	ck_assert_uint_eq(quick_key(&nothing), 0);
	quick_learn(&k, 0);
	ck_assert(!quick_knows(&k, 0));
}
END_TEST

START_TEST(what_was_learnt_is_known_for_some_time)
{
	const uint64_t key = key_of("run", "/bin", "");

	ck_assert(!quick_knows(&k, key));
	quick_learn(&k, key);
	ck_assert(quick_knows(&k, key));
	ck_assert(!quick_knows(&k, key + QUICK_MAX)); /* another one in its place */
	k.quick[key % QUICK_MAX].until = loop_now(k.loop);
	ck_assert(!quick_knows(&k, key));
}
END_TEST

START_TEST(of_two_in_one_place_the_later_is_known)
{
	quick_learn(&k, 5);
	quick_learn(&k, 5 + QUICK_MAX);
	quick_learn(&k, 6);
	ck_assert(!quick_knows(&k, 5));
	ck_assert(quick_knows(&k, 5 + QUICK_MAX));
	ck_assert(quick_knows(&k, 6));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("quick");
	TCase *tc = harness_case(s, "quick");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
		       what_decides_which_files_are_looked_for_makes_the_key_and_nothing_else);
	tcase_add_test(tc, who_may_hang_elsewhere_is_never_quick);
	tcase_add_test(tc, what_was_learnt_is_known_for_some_time);
	tcase_add_test(tc, of_two_in_one_place_the_later_is_known);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
