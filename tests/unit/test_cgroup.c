/* SPDX-License-Identifier: MIT */
/* test_cgroup.c - what the kernel says of control groups. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "daemon/sys/cgroup.h"
#include "tests/unit/harness.h"

START_TEST(the_group_is_the_one_of_version_2)
{
	char group[64];

	ck_assert(
		cgroup_named("12:pids:/x\n1:name=systemd:/y\n0::/a/b\n", group, sizeof group));
	ck_assert_str_eq(group, "/a/b");
	ck_assert(cgroup_named("0::/\n", group, sizeof group));
	ck_assert_str_eq(group, "/");
	ck_assert(!cgroup_named("12:pids:/x\n", group, sizeof group));
	ck_assert(!cgroup_named("", group, sizeof group));
	ck_assert(!cgroup_named("0::/abcdef\n", group, 6));
}
END_TEST

START_TEST(the_tree_is_found_among_the_mounts)
{
	static const char text[] =
		"22 1 8:1 / / rw - ext4 /dev/sda rw\n"
		"30 22 0:26 / /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu\n"
		"31 22 0:27 /guest /sys/fs/cgroup/unified rw,nosuid shared:10 - cgroup2 "
		"cgroup2 rw\n";
	char where[64], root[64];

	ck_assert(cgroup_mounted(text, where, root, sizeof where));
	ck_assert_str_eq(where, "/sys/fs/cgroup/unified");
	ck_assert_str_eq(root, "/guest");
	ck_assert(!cgroup_mounted("22 1 8:1 / / rw - ext4 /dev/sda rw\n", where, root,
				  sizeof where));
	ck_assert(!cgroup_mounted(text, where, root, 8));
}
END_TEST

START_TEST(controllers_are_whole_words)
{
	ck_assert_uint_eq(cgroup_controllers("cpuset cpu io memory hugetlb pids rdma\n"),
			  CGROUP_ALL);
	ck_assert_uint_eq(cgroup_controllers("cpuset hugetlb\n"), 0);
	ck_assert_uint_eq(cgroup_controllers("pids"), CGROUP_PIDS);
	ck_assert_uint_eq(cgroup_controllers(""), 0);
	ck_assert_str_eq(cgroup_controller_name(CGROUP_MEMORY), "memory");
}
END_TEST

START_TEST(a_file_is_of_the_controller_that_it_is_named_after)
{
	ck_assert_uint_eq(cgroup_controller_of("memory.max"), CGROUP_MEMORY);
	ck_assert_uint_eq(cgroup_controller_of("memory.swap.max"), CGROUP_MEMORY);
	ck_assert_uint_eq(cgroup_controller_of("cpu.weight"), CGROUP_CPU);
	ck_assert_uint_eq(cgroup_controller_of("cpuset.cpus"), 0);
	ck_assert_uint_eq(cgroup_controller_of("cgroup.freeze"), 0);
}
END_TEST

START_TEST(a_value_is_found_by_its_key)
{
	static const char text[] = "low 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 9\n";

	ck_assert_uint_eq(cgroup_value(text, "oom_kill"), 2);
	ck_assert_uint_eq(cgroup_value(text, "oom"), 3);
	ck_assert_uint_eq(cgroup_value(text, "kill"), 0);
	ck_assert_uint_eq(cgroup_value("", "oom"), 0);
}
END_TEST

START_TEST(a_folder_that_nobody_left_to_us_is_not_ours)
{
	char dir[64], text[8];
	int fd;

	scratch_make(dir, sizeof dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert(!cgroup_is_ours(fd)); /* it has no cgroup.procs */
	ck_assert_int_eq(close(openat(fd, "cgroup.procs", O_CREAT | O_WRONLY, 0644)), 0);
	ck_assert(!cgroup_is_ours(fd));
	ck_assert_int_eq(cgroup_write(fd, "cgroup.procs", "0"), 0);
	ck_assert_int_eq(cgroup_read(fd, "cgroup.procs", text, sizeof text), 0);
	ck_assert_str_eq(text, "0");
	ck_assert_int_eq(cgroup_write(fd, "memory.max", "1"), -ENOENT);
	fd_close(fd);
	scratch_remove(dir);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cgroup");
	TCase *tc = harness_case(s, "cgroup");

	tcase_add_test(tc, the_group_is_the_one_of_version_2);
	tcase_add_test(tc, the_tree_is_found_among_the_mounts);
	tcase_add_test(tc, controllers_are_whole_words);
	tcase_add_test(tc, a_file_is_of_the_controller_that_it_is_named_after);
	tcase_add_test(tc, a_value_is_found_by_its_key);
	tcase_add_test(tc, a_folder_that_nobody_left_to_us_is_not_ours);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
