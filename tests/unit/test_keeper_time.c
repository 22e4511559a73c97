/* SPDX-License-Identifier: MIT */
/* test_keeper_time.c - what the keeper does when nothing happens for too long. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/sys/child.h"
#include "tests/unit/harness.h"
#include "tests/unit/keeper_rig.h"

static struct rig rig;
static struct actor *const manager = &rig.manager, *const logger = &rig.logger;

/* Start with these leaps of time in store. */
static void start(const char *leaps)
{
	ck_assert_int_eq(setenv("RIG_LEAPS", leaps, 1), 0);
	rig_init(&rig);
	rig_start_ready(&rig, &(struct link_settings){ .umask = -1 });
}

static void leap(void)
{
	ck_assert_int_eq(kill(rig.keeper, SIGUSR1), 0);
	rig_hear_line(&rig, "leapt");
}

/* By then everything that was said before has been read. */
static void spawn_something(void)
{
	rig_spawn(&rig, 1, 1, "true");
	(void)rig_hear(&rig, manager, LINK_EXITED);
}

static void until_pinged(struct actor *a, unsigned times)
{
	while (a->pings < times)
		loop_turn(rig.loop);
}

START_TEST(manager_and_logger_are_asked_in_turn_and_left_alone_if_they_answer)
{
	pid_t first, second;

	start("60100,80200,120300,140400,180500");
	first = manager->pid;
	second = logger->pid;
	leap();
	until_pinged(manager, 1);
	ck_assert_uint_eq(logger->pings, 0);
	spawn_something(); /* the answer has been read */
	leap(); /* no answer is due */
	leap();
	until_pinged(logger, 1);
	ck_assert_uint_eq(manager->pings, 1);
	spawn_something();
	leap();
	spawn_something();
	ck_assert_int_eq(manager->pid, first);
	ck_assert_int_eq(logger->pid, second);
	ck_assert(!manager->gone && !logger->gone);
	rig_finish(&rig);
	rig_done(&rig);
}
END_TEST

START_TEST(a_manager_that_does_not_answer_is_replaced)
{
	start("60100,80050");
	manager->mute = true;
	leap();
	until_pinged(manager, 1);
	leap();
	manager->link = channel_free(manager->link);
	rig_await(&rig, manager);
	(void)rig_hear(&rig, manager, LINK_BEGIN);
	rig_hear_line(&rig, "reeve-manager was ended by signal 9");
	rig_finish(&rig);
	rig_done(&rig);
}
END_TEST

START_TEST(a_logger_that_does_not_answer_is_replaced)
{
	start("60100,120200,140150");
	logger->mute = true;
	leap();
	until_pinged(manager, 1);
	leap();
	until_pinged(logger, 1);
	ck_assert_int_eq(kill(rig.keeper, SIGUSR1), 0);
	logger->link = channel_free(logger->link);
	rig_await(&rig, logger);
	(void)rig_hear(&rig, logger, LINK_BEGIN);
	rig_finish(&rig);
	rig_done(&rig);
}
END_TEST

START_TEST(who_slept_itself_gives_the_others_time_to_wake)
{
	start("60100,90000,110050");
	manager->mute = true;
	leap();
	until_pinged(manager, 1);
	leap(); /* ten seconds late: the whole machine may have been stopped */
	spawn_something();
	ck_assert(!manager->gone);
	leap(); /* but not for ever */
	manager->link = channel_free(manager->link);
	rig_await(&rig, manager);
	(void)rig_hear(&rig, manager, LINK_BEGIN);
	rig_finish(&rig);
	rig_done(&rig);
}
END_TEST

/* Millions of places to look in take a child longer than all that this test does. */
static char *endless_path(void)
{
	static const char place[] = "/no/such/place/anywhere:";
	const size_t len = sizeof place - 1, n = (12 << 20) / len;
	char *path = malloc(n * len + 1);

	ck_assert_ptr_nonnull(path);
	for (size_t i = 0; i < n; i++)
		memcpy(path + i * len, place, len);
	path[n * len] = '\0';
	return path;
}

/* By a way that has no end, or by a FIFO that nobody writes to. */
START_TEST(a_child_that_does_not_come_to_its_exec_is_ended_and_no_other)
{
	_cleanup_(freep) char *path = endless_path();
	char fifo[160];
	struct link_proc p;

	start("5000,12000"); /* what comes before may take seconds */
	(void)snprintf(fifo, sizeof fifo, "%s/fifo", rig.dir);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	rig_spawn_as(&rig, 7, 2, "",
		     &(struct link_spawn){ .umask = -1,
					   .path = _i ? NULL : path,
					   .stdin_path = _i ? fifo : NULL });
	p = rig_hear_next(&rig, manager, LINK_SPAWNED).m.proc;
	leap();
	rig_spawn(&rig, 8, 1, "exec tail -f /dev/null"); /* it costs nobody else */
	(void)rig_hear(&rig, manager, LINK_EXEC_OK);
	ck_assert_uint_eq(rig_unheard(manager, LINK_SPAWN_FAILED), 0);
	leap();
	p = rig_hear_next(&rig, manager, LINK_SPAWN_FAILED).m.proc;
	ck_assert_uint_eq(p.id, 7);
	ck_assert_int_eq(p.error, ETIMEDOUT);
	ck_assert_int_eq(p.stage, CHILD_HUNG);
	rig_finish(&rig);
	ck_assert_uint_eq(rig_unheard(manager, LINK_EXITED), 0);
	rig_done(&rig);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("keeper_time");
	TCase *tc = harness_case(s, "time");

	tcase_set_timeout(tc, 15);
	tcase_add_test(tc, manager_and_logger_are_asked_in_turn_and_left_alone_if_they_answer);
	tcase_add_test(tc, a_manager_that_does_not_answer_is_replaced);
	tcase_add_test(tc, a_logger_that_does_not_answer_is_replaced);
	tcase_add_test(tc, who_slept_itself_gives_the_others_time_to_wake);
	tcase_add_loop_test(tc, a_child_that_does_not_come_to_its_exec_is_ended_and_no_other, 0,
			    2);
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
