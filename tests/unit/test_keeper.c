/* SPDX-License-Identifier: MIT */
/* test_keeper.c - the life of reeved: its start, its two programs, its end. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

/* --- the start --------------------------------------------------------------------------- */

START_TEST(settings_go_ready_finish_is_a_whole_life)
{
	struct link_hello hello;
	struct link_settings settings = plain;
	char pidfile[160];
	struct heard h;

	(void)strcpy(pidfile, inside("pid"));
	settings.pidfile = pidfile;
	settings.logfile = "/the/log";
	rig_start(&rig, NULL);
	hello = begin();
	ck_assert(hello.first);
	ck_assert_uint_eq(hello.version, LINK_VERSION);
	ck_assert_int_eq(hello.keeper_pid, rig.keeper);
	ck_assert_uint_gt(hello.nofile, 0);
	ck_assert_int_eq(logger->pid, 0); /* nobody has said yet that anything starts */
	send_settings(&settings);
	(void)rig_hear_next(&rig, manager, LINK_GO);
	rig_await(&rig, logger);
	h = rig_hear_next(&rig, logger, LINK_HELLO);
	ck_assert_str_eq(h.text, "/the/log");
	(void)rig_hear_next(&rig, logger, LINK_BEGIN);
	ck_assert_int_eq(pid_in(pidfile), 0);
	rig_say_type(manager, LINK_READY);
	(void)spawn(1, "true"); /* by now READY is done */
	ck_assert_int_eq(pid_in(pidfile), rig.keeper);
	rig_finish(&rig);
	ck_assert_int_eq(access(pidfile, F_OK), -1);
	ck_assert_str_eq(buf_str(&rig.said), "");
}
END_TEST

START_TEST(a_manager_that_ends_before_its_settings_ends_us_with_its_status)
{
	rig_start(&rig, "--whatever");
	(void)begin();
	rig_exit(manager, _i);
	ck_assert_int_eq(rig_ended(&rig), _i);
	ck_assert_int_eq(logger->pid, 0);
	ck_assert_str_eq(buf_str(&rig.said), "");
}
END_TEST

START_TEST(a_manager_that_dies_before_its_settings_is_no_success)
{
	rig_start(&rig, NULL);
	(void)begin();
	ck_assert_int_eq(kill(manager->pid, SIGKILL), 0);
	manager->link = channel_free(manager->link);
	ck_assert_int_eq(rig_ended(&rig), 128 + SIGKILL);
	ck_assert_ptr_nonnull(
		strstr(buf_str(&rig.said), "reeve-manager was ended by signal 9"));
}
END_TEST

START_TEST(a_manager_that_ends_before_it_is_ready_ends_us_and_all_that_it_started)
{
	pid_t pid;

	rig_start(&rig, NULL);
	(void)begin();
	send_settings(&plain);
	(void)rig_hear(&rig, manager, LINK_GO);
	rig_await(&rig, logger);
	pid = spawn(1, "exec tail -f /dev/null");
	rig_exit(manager, 2);
	(void)rig_hear(&rig, logger, LINK_FINISH);
	rig_exit(logger, 0);
	ck_assert_int_eq(rig_ended(&rig), 2);
	ck_assert_int_eq(kill(pid, 0), -1);
	ck_assert_int_eq(errno, ESRCH);
}
END_TEST

START_TEST(the_end_may_be_asked_for_before_there_are_settings)
{
	rig_start(&rig, NULL);
	(void)begin();
	ck_assert_int_eq(kill(rig.keeper, SIGINT), 0);
	while (!manager->gone)
		loop_turn(rig.loop);
	rig_exit(manager, 1);
	ck_assert_int_eq(rig_ended(&rig), 0);
}
END_TEST

START_TEST(a_user_that_is_none_is_refused)
{
	struct link_settings settings = plain;

	settings.user = "no-such-user-here";
	rig_start(&rig, NULL);
	(void)begin();
	send_settings(&settings);
	while (!manager->gone)
		loop_turn(rig.loop);
	rig_exit(manager, 1);
	ck_assert_int_eq(rig_ended(&rig), 2);
	ck_assert_ptr_nonnull(strstr(buf_str(&rig.said), "Error: Invalid user name no-such-"));
}
END_TEST

START_TEST(a_user_other_than_root_cannot_become_another_one)
{
	struct link_settings settings = plain;

	if (geteuid() == 0)
		SKIP_TEST("needs not to be root");
	settings.user = "root";
	rig_start(&rig, NULL);
	(void)begin();
	send_settings(&settings);
	while (!manager->gone)
		loop_turn(rig.loop);
	rig_exit(manager, 1);
	ck_assert_int_eq(rig_ended(&rig), 2);
	ck_assert_str_eq(buf_str(&rig.said), "Error: Can't drop privilege as nonroot user\n");
}
END_TEST

START_TEST(our_own_user_changes_nothing)
{
	struct link_settings settings = plain;
	char uid[16];

	(void)snprintf(uid, sizeof uid, "%u", geteuid());
	settings.user = uid;
	rig_start_ready(&rig, &settings);
	rig_finish(&rig);
}
END_TEST

START_TEST(another_user_means_another_manager_as_that_user)
{
	struct link_settings settings = plain;
	pid_t first;
	struct stat st;
	struct heard h;

	SKIP_UNLESS_ROOT();
	settings.user = "nobody";
	rig_start(&rig, NULL);
	(void)begin();
	ck_assert_uint_eq(manager->uid, 0);
	first = manager->pid;
	send_settings(&settings);
	while (!manager->gone)
		loop_turn(rig.loop);
	ck_assert(begin().first);
	ck_assert_int_ne(manager->pid, first);
	ck_assert_uint_eq(manager->uid, getpwnam("nobody")->pw_uid);
	send_settings(&settings);
	(void)rig_hear(&rig, manager, LINK_GO);
	rig_await(&rig, logger);
	ck_assert_uint_eq(logger->uid, manager->uid);
	rig_say_type(manager, LINK_READY);
	/* The pipe of a restart is opened through /proc, which is hidden from who changed. */
	for (uint32_t gen = 1; gen <= 2; gen++) {
		rig_spawn(&rig, 1, gen, "id -u");
		(void)rig_hear(&rig, manager, LINK_EXITED);
	}
	h = rig_hear(&rig, logger, LINK_PIPE);
	ck_assert_int_eq(fstat(h.fd, &st), 0);
	ck_assert_uint_eq(st.st_uid, manager->uid);
	rig_reads(h.fd, "65534\n65534\n");
	fd_close(h.fd);
	fd_close(rig_hear(&rig, logger, LINK_PIPE).fd);
	(void)rig_hear(&rig, logger, LINK_REARM);
	ck_assert_uint_eq(rig_unheard(logger, LINK_PIPE), 0);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_limit_that_cannot_be_had_is_refused_with_the_number)
{
	const struct rlimit few = { 64, 256 };
	struct link_settings settings = plain;

	if (geteuid() == 0)
		SKIP_TEST("root may be allowed to");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	settings.minfds = 1024;
	rig_start(&rig, NULL);
	(void)begin();
	send_settings(&settings);
	while (!manager->gone)
		loop_turn(rig.loop);
	rig_exit(manager, 1);
	ck_assert_int_eq(rig_ended(&rig), 2);
	ck_assert_ptr_nonnull(strstr(buf_str(&rig.said), "minfds is 1024"));
	ck_assert_ptr_nonnull(strstr(buf_str(&rig.said), "256"));
}
END_TEST

START_TEST(programs_get_the_limit_that_we_were_started_with_or_minfds)
{
	const struct rlimit few = { 100, 1000 };
	struct link_settings settings = plain;
	struct heard h;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	settings.minfds = (uint32_t)_i;
	rig_start_ready(&rig, &settings);
	(void)spawn(1, "ulimit -Sn; ulimit -Hn");
	h = rig_hear(&rig, logger, LINK_PIPE);
	rig_reads(h.fd, _i > 100 ? "300\n1000\n" : "100\n1000\n");
	fd_close(h.fd);
	rig_finish(&rig);
}
END_TEST

/* --- into the background ----------------------------------------------------------------- */

/* The daemon becomes our child when its parent ends, for we are its subreaper. */
static pid_t daemon_begin(const struct link_settings *settings)
{
	struct link_hello hello;

	rig_start(&rig, NULL);
	(void)begin();
	send_settings(settings);
	while (!manager->gone)
		loop_turn(rig.loop);
	hello = begin();
	ck_assert(hello.first);
	ck_assert_int_ne(hello.keeper_pid, rig.keeper);
	ck_assert_int_eq(getsid(hello.keeper_pid), hello.keeper_pid);
	send_settings(settings);
	(void)rig_hear(&rig, manager, LINK_GO);
	rig_await(&rig, logger);
	return hello.keeper_pid;
}

START_TEST(a_daemon_leaves_its_parent_when_it_is_ready)
{
	struct link_settings settings = { .daemonize = true, .umask = 027 };
	char pidfile[160], directory[160];
	struct heard h;
	pid_t pid;

	(void)strcpy(pidfile, inside("pid"));
	(void)strcpy(directory, rig.dir);
	settings.pidfile = pidfile;
	settings.directory = directory;
	pid = daemon_begin(&settings);
	ck_assert_int_eq(waitpid(rig.keeper, NULL, WNOHANG), 0);
	rig_say_type(manager, LINK_READY);
	ck_assert_int_eq(rig_ended(&rig), 0);
	ck_assert_str_eq(buf_str(&rig.said), "");
	ck_assert_int_eq(pid_in(pidfile), pid); /* there before the parent ends */
	(void)spawn(1, "pwd; umask");
	h = rig_hear(&rig, logger, LINK_PIPE);
	(void)strcat(directory, "\n0027\n");
	rig_reads(h.fd, directory);
	fd_close(h.fd);
	rig.keeper = pid;
	rig_finish(&rig);
	ck_assert_int_eq(access(pidfile, F_OK), -1);
}
END_TEST

START_TEST(a_daemon_that_cannot_start_shows_why_and_its_parent_fails_alike)
{
	const pid_t pid = daemon_begin(&(struct link_settings){ .daemonize = true });

	rig_exit(manager, 77);
	(void)rig_hear(&rig, logger, LINK_FINISH);
	rig_exit(logger, 0);
	ck_assert_int_eq(rig_ended(&rig), 77);
	ck_assert_str_eq(buf_str(&rig.said), "a complaint of the manager's\n");
	rig.keeper = pid;
	ck_assert_int_eq(rig_ended(&rig), 77);
}
END_TEST

START_TEST(a_daemon_that_dies_on_the_way_is_no_success)
{
	const pid_t pid = daemon_begin(&(struct link_settings){ .daemonize = true });

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(rig_ended(&rig), 1);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

static void add_start(TCase *tc)
{
	tcase_add_test(tc, settings_go_ready_finish_is_a_whole_life);
	tcase_add_loop_test(tc, a_manager_that_ends_before_its_settings_ends_us_with_its_status,
			    0, 3);
	tcase_add_test(tc, a_manager_that_dies_before_its_settings_is_no_success);
	tcase_add_test(tc,
		       a_manager_that_ends_before_it_is_ready_ends_us_and_all_that_it_started);
	tcase_add_test(tc, the_end_may_be_asked_for_before_there_are_settings);
	tcase_add_test(tc, a_user_that_is_none_is_refused);
	tcase_add_test(tc, a_user_other_than_root_cannot_become_another_one);
	tcase_add_test(tc, our_own_user_changes_nothing);
	tcase_add_test(tc, another_user_means_another_manager_as_that_user);
	tcase_add_test(tc, a_limit_that_cannot_be_had_is_refused_with_the_number);
	tcase_add_loop_test(tc, programs_get_the_limit_that_we_were_started_with_or_minfds, 99,
			    100);
	tcase_add_loop_test(tc, programs_get_the_limit_that_we_were_started_with_or_minfds, 300,
			    301);
	tcase_add_test(tc, a_daemon_leaves_its_parent_when_it_is_ready);
	tcase_add_test(tc, a_daemon_that_cannot_start_shows_why_and_its_parent_fails_alike);
	tcase_add_test(tc, a_daemon_that_dies_on_the_way_is_no_success);
}

static Suite *suite(void)
{
	Suite *s = suite_create("keeper");
	TCase *tc = harness_case(s, "start");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	add_start(tc);
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
