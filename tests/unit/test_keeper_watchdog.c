/* SPDX-License-Identifier: MIT */
/* test_keeper_watchdog.c - systemd's watchdog is fed while the manager answers. */
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/keeper_words.h"

/* A minute is the watchdog's: a question every 7.5 s, an answer within 15. */
static int inbox;

static void start(const char *leaps)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	ck_assert_int_eq(setenv("RIG_LEAPS", leaps, 1), 0);
	rig_init(&rig);
	(void)snprintf(at.sun_path, sizeof at.sun_path, "%.90s/systemd", rig.dir);
	inbox = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(inbox, 0);
	ck_assert_int_eq(bind(inbox, (const struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", at.sun_path, 1), 0);
	ck_assert_int_eq(setenv("WATCHDOG_USEC", "60000000", 1), 0);
	rig_start_ready(&rig, &plain);
}

static void teardown_watchdog(void)
{
	rig_done(&rig);
	inbox = fd_close(inbox);
}

/* How often it has been fed by now. */
static unsigned fed(void)
{
	char text[64];
	ssize_t n;
	unsigned times = 0;

	while ((n = recv(inbox, text, sizeof text - 1, MSG_DONTWAIT)) > 0) {
		text[n] = '\0';
		ck_assert_str_eq(text, "WATCHDOG=1");
		times++;
	}
	return times;
}

static void leap(void)
{
	ck_assert_int_eq(kill(rig.keeper, SIGUSR1), 0);
	rig_hear_line(&rig, "leapt");
}

static void until_pinged(struct actor *a, unsigned times)
{
	while (a->pings < times)
		loop_turn(rig.loop);
}

/* By then every answer has been read. */
static void spawn_something(void)
{
	rig_spawn(&rig, 9, 1, "true");
	(void)rig_hear(&rig, manager, LINK_EXITED);
	send_proc(LINK_FORGET, 9, 1);
}

START_TEST(each_answer_of_the_manager_feeds_it_and_none_of_the_logger)
{
	start("8000,16000,24000");
	leap();
	until_pinged(manager, 1);
	spawn_something();
	ck_assert_uint_eq(fed(), 1);
	leap();
	until_pinged(logger, 1);
	spawn_something();
	ck_assert_uint_eq(fed(), 0);
	leap();
	until_pinged(manager, 2);
	spawn_something();
	ck_assert_uint_eq(fed(), 1);
	rig_finish(&rig);
}
END_TEST

START_TEST(who_takes_the_place_of_a_manager_that_hangs_is_asked_at_once_and_feeds_it)
{
	pid_t program;

	start("8000,23100");
	program = spawn(1, 1, "exec tail -f /dev/null");
	manager->mute = true;
	leap();
	until_pinged(manager, 1);
	leap();
	manager->link = channel_free(manager->link);
	ck_assert_uint_eq(fed(), 0);
	rig_await(&rig, manager);
	ck_assert_int_eq(rig_hear(&rig, manager, LINK_SLOT).m.slot.pid, program);
	(void)rig_hear(&rig, manager, LINK_BEGIN);
	until_pinged(manager, 1);
	spawn_something();
	ck_assert_uint_eq(fed(), 1);
	rig_finish(&rig);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("keeper_watchdog");
	TCase *tc = harness_case(s, "watchdog");

	tcase_add_checked_fixture(tc, NULL, teardown_watchdog);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, each_answer_of_the_manager_feeds_it_and_none_of_the_logger);
	tcase_add_test(
		tc, who_takes_the_place_of_a_manager_that_hangs_is_asked_at_once_and_feeds_it);
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
