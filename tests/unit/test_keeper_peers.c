/* SPDX-License-Identifier: MIT */
/* test_keeper_peers.c - reeved's two programs, the requests to one of them, and the end of all.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tests/unit/harness.h"
#include "tests/unit/keeper_rig.h"

static struct rig rig;
static struct actor *const manager = &rig.manager, *const logger = &rig.logger;
static const struct link_settings plain = { .umask = -1 };

static void setup(void)
{
	rig_init(&rig);
}

static void teardown(void)
{
	rig_done(&rig);
}

static void send_settings(const struct link_settings *settings)
{
	rig_say(manager, &(struct link_msg){ .type = LINK_SETTINGS, .settings = *settings },
		-1);
}

/* Up to a manager that has been told to begin. */
static struct link_hello begin(void)
{
	struct link_hello hello;

	rig_await(&rig, manager);
	hello = rig_hear_next(&rig, manager, LINK_HELLO).m.hello;
	(void)rig_hear_next(&rig, manager, LINK_BEGIN);
	return hello;
}

static const char *inside(const char *name)
{
	static char path[160];

	(void)snprintf(path, sizeof path, "%s/%s", rig.dir, name);
	return path;
}

static pid_t pid_in(const char *path)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "re");
	int pid = 0;

	if (!f)
		return 0;
	ck_assert_int_eq(fscanf(f, "%d\n", &pid), 1);
	return pid;
}

static pid_t spawn(uint32_t id, const char *script)
{
	pid_t pid;

	rig_spawn(&rig, id, 1, script);
	pid = rig_hear(&rig, manager, LINK_SPAWNED).m.proc.pid;
	(void)rig_hear(&rig, manager, LINK_EXEC_OK);
	return pid;
}

/* --- the two ----------------------------------------------------------------------------- */

/* What one writes to the other arrives. */
static void talk(int from, int to)
{
	char got[8];

	ck_assert_int_eq(send(from, "hello", 6, 0), 6);
	ck_assert_int_eq(recv(to, got, sizeof got, 0), 6);
	ck_assert_str_eq(got, "hello");
}

START_TEST(manager_and_logger_have_a_link_of_their_own)
{
	rig_start_ready(&rig, &plain);
	talk(manager->peer, logger->peer);
	talk(logger->peer, manager->peer);
	rig_finish(&rig);
}
END_TEST

START_TEST(who_stays_is_sent_the_link_to_who_is_new)
{
	struct actor *stays = _i ? manager : logger, *dies = _i ? logger : manager;
	struct heard h;

	rig_start_ready(&rig, &plain);
	for (int i = 0; i < 3; i++) {
		rig_replace(&rig, dies);
		h = rig_hear_any(&rig, stays);
		ck_assert_int_eq(h.m.type, LINK_PEER);
		talk(h.fd, dies->peer);
		talk(dies->peer, h.fd);
		fd_close(h.fd);
	}
	rig_finish(&rig);
}
END_TEST

START_TEST(two_that_die_together_find_each_other_again)
{
	rig_start_ready(&rig, &plain);
	ck_assert_int_eq(kill(rig.keeper, SIGSTOP), 0);
	manager->link = channel_free(manager->link);
	logger->link = channel_free(logger->link);
	ck_assert_int_eq(kill(manager->pid, SIGKILL), 0);
	ck_assert_int_eq(kill(logger->pid, SIGKILL), 0);
	manager->pid = logger->pid = 0;
	ck_assert_int_eq(kill(rig.keeper, SIGCONT), 0);
	while (!manager->pid)
		rig_await(&rig, manager);
	if (!logger->pid)
		rig_await(&rig, logger);
	(void)rig_hear(&rig, manager, LINK_BEGIN);
	(void)rig_hear(&rig, logger, LINK_BEGIN);
	if (rig_unheard(manager, LINK_PEER) || rig_unheard(logger, LINK_PEER)) {
		/* One was there before the other one's end was seen. */
		struct actor *a = rig_unheard(manager, LINK_PEER) ? manager : logger;

		closep(&a->peer);
		a->peer = rig_hear(&rig, a, LINK_PEER).fd;
	}
	talk(manager->peer, logger->peer);
	rig_finish(&rig);
}
END_TEST

START_TEST(the_end_of_the_manager_is_in_the_log)
{
	rig_start_ready(&rig, &plain);
	rig_replace(&rig, manager);
	rig_hear_line(&rig, "reeve-manager was ended by signal 9");
	rig_finish(&rig);
}
END_TEST

/* --- requests ---------------------------------------------------------------------------- */

static void hear_request(int signo)
{
	ck_assert_uint_eq(rig_hear(&rig, manager, LINK_REQUEST).m.number.value,
			  (unsigned)signo);
}

START_TEST(signals_to_the_daemon_are_requests_in_their_order)
{
	static const int signals[] = { SIGUSR2, SIGHUP, SIGUSR2, SIGINT, SIGTERM, SIGQUIT };

	rig_start_ready(&rig, &plain);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		ck_assert_int_eq(kill(rig.keeper, signals[i]), 0);
		hear_request(signals[i]);
	}
	rig_finish(&rig);
}
END_TEST

START_TEST(a_request_before_the_start_has_ended_waits_for_it)
{
	rig_start(&rig, NULL);
	(void)begin();
	send_settings(&plain);
	(void)rig_hear(&rig, manager, LINK_GO);
	rig_await(&rig, logger);
	ck_assert_int_eq(kill(rig.keeper, SIGTERM), 0);
	(void)spawn(1, "true"); /* the signal has been seen by then */
	ck_assert_uint_eq(rig_unheard(manager, LINK_REQUEST), 0);
	rig_say_type(manager, LINK_READY);
	hear_request(SIGTERM);
	rig_finish(&rig);
}
END_TEST

START_TEST(what_a_manager_may_not_have_read_is_said_to_the_next)
{
	rig_start_ready(&rig, &plain);
	manager->mute = true;
	ck_assert_int_eq(kill(rig.keeper, SIGHUP), 0);
	hear_request(SIGHUP);
	rig_replace(&rig, manager);
	(void)rig_hear(&rig, manager, LINK_BEGIN);
	hear_request(SIGHUP);
	while (manager->pings == 0) /* answered: it is done with */
		loop_turn(rig.loop);
	ck_assert_int_eq(kill(rig.keeper, SIGUSR2), 0);
	hear_request(SIGUSR2);
	while (manager->pings == 1)
		loop_turn(rig.loop);
	(void)spawn(1, "true"); /* the answers have been read */
	rig_replace(&rig, manager);
	(void)rig_hear(&rig, manager, LINK_BEGIN);
	ck_assert_int_eq(kill(rig.keeper, SIGTERM), 0);
	hear_request(SIGTERM); /* and not HUP or USR2 before it */
	rig_finish(&rig);
}
END_TEST

START_TEST(the_end_is_asked_for_until_it_has_come)
{
	rig_start_ready(&rig, &plain);
	ck_assert_int_eq(kill(rig.keeper, SIGTERM), 0);
	hear_request(SIGTERM);
	(void)spawn(1, "true");
	for (int i = 0; i < 2; i++) {
		rig_replace(&rig, manager);
		(void)rig_hear(&rig, manager, LINK_BEGIN);
		hear_request(SIGTERM);
	}
	rig_finish(&rig);
}
END_TEST

/* --- the end ----------------------------------------------------------------------------- */

START_TEST(nothing_is_left_behind)
{
	struct heard h;
	char path[64];
	pid_t leader, inner;
	FILE *f;

	rig_start_ready(&rig, &plain);
	/* One that leaves its session and its parent, and will not hear. */
	(void)snprintf(path, sizeof path, "%.40s/inner", rig.dir);
	(void)setenv("INNER", path, 1);
	leader = spawn(1, "setsid sh -c 'trap \"\" TERM HUP; echo $$;"
			  " while :; do tail -f /dev/null; done' & wait");
	h = rig_hear(&rig, logger, LINK_PIPE);
	f = fdopen(h.fd, "r");
	ck_assert_int_eq(fcntl(h.fd, F_SETFL, 0), 0);
	ck_assert_int_eq(fscanf(f, "%d", &inner), 1);
	(void)fclose(f);
	ck_assert_int_eq(kill(leader, SIGKILL), 0);
	(void)rig_hear(&rig, manager, LINK_EXITED);
	ck_assert_int_eq(kill(inner, 0), 0);
	rig_finish(&rig);
	ck_assert_int_eq(kill(inner, 0), -1);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* nor given to us */
}
END_TEST

START_TEST(no_program_starts_once_the_end_has_begun)
{
	struct heard h;

	rig_start_ready(&rig, &plain);
	(void)spawn(1, "trap '' TERM; echo up; while :; do read x </dev/zero; done");
	h = rig_hear(&rig, logger, LINK_PIPE);
	rig_reads(h.fd, "up\n");
	fd_close(h.fd);
	rig_say_type(manager, LINK_FINISH);
	rig_spawn(&rig, 2, 1, "true");
	ck_assert_int_eq(rig_hear(&rig, manager, LINK_SPAWN_FAILED).m.proc.error, ECANCELED);
	while (!manager->gone)
		loop_turn(rig.loop);
	rig_exit(manager, 0);
	(void)rig_hear(&rig, logger, LINK_FINISH);
	rig_exit(logger, 0);
	ck_assert_int_eq(rig_ended(&rig), 0);
}
END_TEST

START_TEST(it_ends_with_what_the_manager_says)
{
	rig_start_ready(&rig, &plain);
	rig_say(manager, &(struct link_msg){ .type = LINK_FINISH, .number = { 137 } }, -1);
	rig_exit(manager, 0);
	(void)rig_hear(&rig, logger, LINK_FINISH);
	rig_exit(logger, 0);
	ck_assert_int_eq(rig_ended(&rig), 137);
}
END_TEST

START_TEST(a_logger_that_dies_at_the_end_is_replaced_to_read_what_is_left)
{
	struct heard h;

	rig_start_ready(&rig, &plain);
	(void)spawn(1, "echo last words");
	(void)rig_hear(&rig, manager, LINK_EXITED);
	ck_assert_int_eq(kill(rig.keeper, SIGSTOP), 0);
	rig_say_type(manager, LINK_FINISH);
	rig_exit(manager, 0);
	logger->link = channel_free(logger->link);
	ck_assert_int_eq(kill(logger->pid, SIGKILL), 0);
	ck_assert_int_eq(kill(rig.keeper, SIGCONT), 0);
	rig_await(&rig, logger);
	h = rig_hear(&rig, logger, LINK_PIPE);
	rig_reads(h.fd, "last words\n");
	fd_close(h.fd);
	(void)rig_hear(&rig, logger, LINK_FINISH);
	rig_exit(logger, 0);
	ck_assert_int_eq(rig_ended(&rig), 0);
}
END_TEST

START_TEST(a_logger_that_dies_after_it_was_told_to_end_is_replaced_too)
{
	struct heard h;

	rig_start_ready(&rig, &plain);
	(void)spawn(1, "echo last words");
	(void)rig_hear(&rig, manager, LINK_EXITED);
	rig_say_type(manager, LINK_FINISH);
	rig_exit(manager, 0);
	(void)rig_hear(&rig, logger, LINK_FINISH);
	rig_replace(&rig, logger);
	h = rig_hear(&rig, logger, LINK_PIPE);
	rig_reads(h.fd, "last words\n");
	fd_close(h.fd);
	(void)rig_hear(&rig, logger, LINK_FINISH);
	rig_exit(logger, 0);
	ck_assert_int_eq(rig_ended(&rig), 0);
}
END_TEST

START_TEST(it_ends_with_the_status_that_the_manager_says)
{
	rig_start_ready(&rig, &plain);
	rig_say(manager, &(struct link_msg){ .type = LINK_FINISH, .number = { 42 } }, -1);
	rig_exit(manager, 0);
	(void)rig_hear(&rig, logger, LINK_FINISH);
	rig_exit(logger, 0);
	ck_assert_int_eq(rig_ended(&rig), 42);
}
END_TEST

START_TEST(a_pidfile_of_somebody_else_stays)
{
	struct link_settings settings = plain;
	char pidfile[160];
	FILE *f;

	(void)strcpy(pidfile, inside("pid"));
	settings.pidfile = pidfile;
	rig_start_ready(&rig, &settings);
	(void)spawn(1, "true");
	f = fopen(pidfile, "we");
	fputs("1\n", f);
	(void)fclose(f);
	rig_finish(&rig);
	ck_assert_int_eq(pid_in(pidfile), 1);
}
END_TEST

START_TEST(without_any_manager_that_lasts_the_end_comes_nevertheless)
{
	pid_t pid;

	rig_start_ready(&rig, &plain);
	pid = spawn(1, "exec tail -f /dev/null");
	ck_assert_int_eq(kill(rig.keeper, SIGTERM), 0);
	for (int i = 0; i < 5; i++) {
		manager->link = channel_free(manager->link);
		ck_assert_int_eq(kill(manager->pid, SIGKILL), 0);
		if (i < 4)
			rig_await(&rig, manager);
	}
	(void)rig_hear(&rig, logger, LINK_FINISH);
	rig_exit(logger, 0);
	ck_assert_int_eq(rig_ended(&rig), 0);
	ck_assert_int_eq(kill(pid, 0), -1);
}
END_TEST

static void add_peers(TCase *tc)
{
	tcase_add_test(tc, manager_and_logger_have_a_link_of_their_own);
	tcase_add_loop_test(tc, who_stays_is_sent_the_link_to_who_is_new, 0, 2);
	tcase_add_test(tc, two_that_die_together_find_each_other_again);
	tcase_add_test(tc, the_end_of_the_manager_is_in_the_log);
	tcase_add_test(tc, signals_to_the_daemon_are_requests_in_their_order);
	tcase_add_test(tc, a_request_before_the_start_has_ended_waits_for_it);
	tcase_add_test(tc, what_a_manager_may_not_have_read_is_said_to_the_next);
	tcase_add_test(tc, the_end_is_asked_for_until_it_has_come);
}

static void add_end(TCase *tc)
{
	tcase_add_test(tc, nothing_is_left_behind);
	tcase_add_test(tc, no_program_starts_once_the_end_has_begun);
	tcase_add_test(tc, it_ends_with_what_the_manager_says);
	tcase_add_test(tc, a_logger_that_dies_at_the_end_is_replaced_to_read_what_is_left);
	tcase_add_test(tc, a_logger_that_dies_after_it_was_told_to_end_is_replaced_too);
	tcase_add_test(tc, it_ends_with_the_status_that_the_manager_says);
	tcase_add_test(tc, a_pidfile_of_somebody_else_stays);
	tcase_add_test(tc, without_any_manager_that_lasts_the_end_comes_nevertheless);
}

static Suite *suite(void)
{
	Suite *s = suite_create("keeper_peers");
	TCase *tc = harness_case(s, "peers");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	add_peers(tc);
	tc = harness_case(s, "end");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	add_end(tc);
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
