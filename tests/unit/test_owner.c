/* SPDX-License-Identifier: MIT */
#include "daemon/manager/owner.h"

#include <errno.h>

#include "tests/unit/harness.h"

static uid_t uid;
static gid_t gid;

START_TEST(names_and_numbers_are_found)
{
	ck_assert_int_eq(owner_parse("root", &uid, &gid), 0);
	ck_assert_uint_eq(uid, 0);
	ck_assert_uint_eq(gid, (gid_t)-1);
	ck_assert_int_eq(owner_parse("12:root", &uid, &gid), 0);
	ck_assert_uint_eq(uid, 12);
	ck_assert_uint_eq(gid, 0);
	ck_assert_int_eq(owner_parse("0:34", &uid, &gid), 0);
	ck_assert_uint_eq(uid, 0);
	ck_assert_uint_eq(gid, 34);
}
END_TEST

/* Each of these has made some program act as root (CVE-2017-1000082, CVE-2024-40635). */
START_TEST(what_only_looks_like_a_number_is_unknown)
{
	static const char *const bad[] = { "",		 ":0",	     "0day",	   "0x10",
					   "4294967296", "1e3",	     "4294967295", "-1",
					   "root:",	 "root:x y", "00000000000" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(owner_parse(bad[i], &uid, &gid) == -ENOENT, "'%s'", bad[i]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("owner");
	TCase *tc = harness_case(s, "owner");

	tcase_add_test(tc, names_and_numbers_are_found);
	tcase_add_test(tc, what_only_looks_like_a_number_is_unknown);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
