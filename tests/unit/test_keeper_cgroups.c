/* SPDX-License-Identifier: MIT */
/*
 * test_keeper_cgroups.c - programs in groups of their own: below one that was left to the
 * keeper, where the machine lets the test make that, and without.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "daemon/sys/cgroup.h"
#include "tests/unit/keeper_words.h"

static int own; /* the group that the test is in at other times */
static char name[64]; /* of the one below it that it makes */

/* Why there is none; NULL if there is. */
static const char *make_group(void)
{
	char path[160];

	own = -1;
	if (geteuid() != 0)
		return "needs root";
	if (cgroup_own(&own) < 0)
		return "no cgroups of version 2";
	(void)snprintf(name, sizeof name, "reeve-keeper-test-%d", (int)getpid());
	if (mkdirat(own, name, 0755) < 0) {
		own = fd_close(own);
		return "its cgroup cannot be written";
	}
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d/%s", own, name);
	ck_assert_int_eq(setxattr(path, "trusted.delegate", "1", 1, 0), 0);
	return NULL;
}

static void write_own(const char *file, const char *text)
{
	ck_assert_int_eq(cgroup_write(own, file, text), 0);
}

/* A keeper in it. */
static void start_in_group(void)
{
	char procs[128];

	rig_init(&rig);
	(void)snprintf(procs, sizeof procs, "%s/cgroup.procs", name);
	write_own(procs, "0");
	rig_start_ready(&rig, &plain);
	write_own("cgroup.procs", "0");
}

static bool there_is(const char *below)
{
	char path[160];

	(void)snprintf(path, sizeof path, "%s/%s", name, below);
	return faccessat(own, path, F_OK, 0) == 0;
}

/* The keeper has removed it, or does in one of its next turns. */
static void await_none(const char *group)
{
	for (uint32_t gen = 1; there_is(group); gen++) {
		rig_spawn(&rig, 99, gen, "true");
		(void)hear_proc(LINK_EXITED, 99, gen);
	}
}

/* Everything has ended; of the groups, that of the keeper is left. */
static void remove_group(void)
{
	char path[160];

	rig_finish(&rig);
	rig_done(&rig);
	(void)snprintf(path, sizeof path, "%s/keeper", name);
	ck_assert_int_eq(unlinkat(own, path, AT_REMOVEDIR), 0);
	ck_assert_int_eq(unlinkat(own, name, AT_REMOVEDIR), 0);
	own = fd_close(own);
}

#define SKIP_UNLESS_GROUP()                                                                    \
	do {                                                                                   \
		const char *why = make_group();                                                \
		if (why)                                                                       \
			SKIP_TEST(why);                                                        \
	} while (0)

static const struct link_spawn contained = { .umask = -1, .contain = true };

START_TEST(each_incarnation_has_a_group_and_takes_it_along)
{
	char text[256];

	SKIP_UNLESS_GROUP();
	start_in_group();
	for (uint32_t gen = 1; gen <= 3; gen++) {
		char group[32];
		int out;

		(void)snprintf(group, sizeof group, "p1.%u", gen);
		rig_spawn_as(&rig, 1, gen, "grep ^0:: /proc/self/cgroup", &contained);
		(void)hear_proc(LINK_EXITED, 1, gen);
		await_none(group);
		if (gen > 1)
			continue;
		out = hear_pipe(1, 0);
		memset(text, 0, sizeof text);
		ck_assert_int_gt((int)read(out, text, sizeof text - 1), 0);
		ck_assert_ptr_nonnull(strstr(text, "/p1.1\n"));
		fd_close(out);
	}
	remove_group();
}
END_TEST

START_TEST(who_does_not_ask_for_a_group_has_none)
{
	SKIP_UNLESS_GROUP();
	start_in_group();
	(void)spawn(1, 1, "exec tail -f /dev/null");
	ck_assert(!there_is("p1.1"));
	remove_group();
}
END_TEST

START_TEST(a_kill_reaches_who_has_left_its_session)
{
	const struct link_signal kill_all = {
		.id = 1, .gen = 1, .token = 3, .signo = SIGKILL, .group = true
	};
	struct pollfd end = { .events = POLLIN };
	int out, pid = 0;
	char text[32] = "";

	SKIP_UNLESS_GROUP();
	start_in_group();
	rig_spawn_as(&rig, 1, 1,
		     "setsid sh -c 'echo $$; exec tail -f /dev/null' & exec tail -f /dev/null",
		     &contained);
	(void)hear_proc(LINK_EXEC_OK, 1, 1);
	out = hear_pipe(1, 0);
	end.fd = out;
	ck_assert_int_eq(poll(&end, 1, -1), 1);
	ck_assert_int_gt((int)read(out, text, sizeof text - 1), 0);
	ck_assert_int_eq(sscanf(text, "%d", &pid), 1);
	end.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	ck_assert_int_ge(end.fd, 0);
	ck_assert_int_eq(signal_with(&kill_all).error, 0);
	ck_assert_int_eq(poll(&end, 1, -1), 1);
	(void)hear_proc(LINK_EXITED, 1, 1);
	fd_close(end.fd);
	fd_close(out);
	remove_group();
}
END_TEST

START_TEST(a_group_with_somebody_left_goes_when_that_one_has_gone)
{
	int in[2];

	SKIP_UNLESS_GROUP();
	start_in_group();
	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	rig_spawn_with(&rig, 1, 1, "exec 3<&0; (read x <&3) & exit 0",
		       &(struct link_spawn){ .umask = -1, .contain = true, .fds = 1 }, &in[0],
		       1);
	(void)hear_proc(LINK_EXITED, 1, 1);
	ck_assert(there_is("p1.1"));
	fd_close(in[0]);
	fd_close(in[1]);
	rig_hear_line(&rig, "reaped unknown pid");
	await_none("p1.1");
	remove_group();
}
END_TEST

START_TEST(a_limit_is_set_or_it_is_said_that_it_is_not)
{
	const struct link_spawn limited = { .umask = -1,
					    .name = "one",
					    .cgroup = { "pids.max=77", 1, 12 } };
	char list[256], text[16];
	struct link_slot s;

	SKIP_UNLESS_GROUP();
	ck_assert_int_eq(cgroup_read(own, "cgroup.controllers", list, sizeof list), 0);
	if (cgroup_controllers(list) & CGROUP_PIDS)
		write_own("cgroup.subtree_control", "+pids");
	start_in_group();
	rig_spawn_as(&rig, 1, 1, "exec tail -f /dev/null", &limited);
	(void)hear_proc(LINK_EXEC_OK, 1, 1);
	if (cgroup_controllers(list) & CGROUP_PIDS) {
		char file[160];

		(void)snprintf(file, sizeof file, "%s/p1.1/pids.max", name);
		ck_assert_int_eq(cgroup_read(own, file, text, sizeof text), 0);
		ck_assert_str_eq(text, "77\n");
	} else {
		rig_hear_line(&rig, "no limit of pids is enforced, for one or any other");
	}
	s = slot_after_crash(1);
	ck_assert(!s.oom);
	remove_group();
}
END_TEST

START_TEST(without_a_tree_everything_works_and_it_is_said_what_is_not_enforced)
{
	static const char limits[] = "memory.max=1000000\0cpu.weight=5";
	const struct link_spawn limited = { .umask = -1,
					    .name = "one",
					    .contain = true,
					    .cgroup = { limits, 2, sizeof limits } };

	rig_init(&rig);
	rig_start_ready(&rig, &plain);
	rig_spawn_as(&rig, 1, 1, "exit 5", &limited);
	rig_hear_line(&rig, "no limit of memory is enforced");
	rig_hear_line(&rig, "no limit of cpu is enforced");
	ck_assert_int_eq(exit_code(1, 1), 5);
	rig_spawn_as(&rig, 1, 2, "exit 6", &limited);
	ck_assert_int_eq(exit_code(1, 2), 6);
	rig_finish(&rig);
	rig_done(&rig);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("keeper_cgroups");
	TCase *tc = harness_case(s, "cgroups");

	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, each_incarnation_has_a_group_and_takes_it_along);
	tcase_add_test(tc, who_does_not_ask_for_a_group_has_none);
	tcase_add_test(tc, a_kill_reaches_who_has_left_its_session);
	tcase_add_test(tc, a_group_with_somebody_left_goes_when_that_one_has_gone);
	tcase_add_test(tc, a_limit_is_set_or_it_is_said_that_it_is_not);
	tcase_add_test(tc, without_a_tree_everything_works_and_it_is_said_what_is_not_enforced);
	return s;
}

static int tests(void)
{
	return harness_run(suite());
}

int main(int argc, char **argv)
{
	return rig_main(argc, argv, tests);
}
