/* SPDX-License-Identifier: MIT */
/* test_unit.c - reeve.service under a real systemd. */
#include <signal.h>

#include "tests/systemd/guest.h"

#define UNIT   "reeve.service"
#define PUPPET "/own/build/tests/puppet/puppet"

static struct instance in;

static void setup(void)
{
	if (guest_lacks())
		return;
	service_setup(&in);
}

static void teardown(void)
{
	if (guest_lacks())
		return;
	service_done(&in);
}

/* Puppets called @names, with blanks between, that wait for orders. */
static void write_programs(const char *names)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	char *list = strdup(names), *rest = list, *name;

	while ((name = strsep(&rest, " ")))
		ck_assert_int_eq(buf_printf(&text,
					    "[program:%s]\ncommand=" PUPPET
					    " on 15 0 wait\nstartsecs=0\n"
					    "environment=PUPPET_DIR=\"%s\"\n",
					    name, in.dir),
				 0);
	free(list);
	service_programs(buf_str(&text));
}

static void start(const char *names)
{
	write_programs(names);
	service_start(&in);
}

START_TEST(it_is_active_when_everything_is_started)
{
	SKIP_UNLESS_GUEST();
	start("one two");
	unit_expect(UNIT, "ActiveState", "active");
	unit_expect(UNIT, "SubState", "running");
	instance_hear(&in, "one", "ready");
	instance_hear(&in, "two", "ready");
}
END_TEST

START_TEST(its_status_says_what_runs)
{
	SKIP_UNLESS_GUEST();
	start("one two");
	unit_reaches(UNIT, "StatusText", "2 of 2 processes running");
}
END_TEST

START_TEST(its_main_process_is_the_keeper)
{
	_cleanup_(freep) char *comm = NULL;
	char path[64];
	FILE *f;
	size_t room = 0;

	SKIP_UNLESS_GUEST();
	start("one");
	snprintf(path, sizeof path, "/proc/%d/comm", (int)in.pid);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_gt(getline(&comm, &room, f), 0);
	fclose(f);
	ck_assert_str_eq(comm, "reeved\n");
}
END_TEST

START_TEST(a_program_finds_nothing_of_systemd_in_its_environment)
{
	char order[400], world[300];

	SKIP_UNLESS_GUEST();
	start("one");
	instance_hear(&in, "one", "ready");
	snprintf(world, sizeof world, "%s/one.world", in.dir);
	snprintf(order, sizeof order, "dump %s", world);
	instance_order(&in, "one", order);
	instance_hear(&in, "one", "dumped");
	DO(0, "grep", "-q", "^env SUPERVISOR_ENABLED=1$", world);
	DO(1, "grep", "-E", "^env (NOTIFY_SOCKET|LISTEN_|WATCHDOG_|MAINPID)", world);
}
END_TEST

START_TEST(a_stop_ends_all_programs_in_order)
{
	pid_t one;

	SKIP_UNLESS_GUEST();
	start("one two");
	one = instance_hear(&in, "one", "ready");
	DO(0, "systemctl", "stop", UNIT);
	ck_assert(!pid_alive(one));
	unit_expect(UNIT, "Result", "success");
	unit_expect(UNIT, "ExecMainStatus", "0");
	journal_says(UNIT, "received SIGTERM indicating exit request");
	journal_says(UNIT, "stopped: one (exit status 0)");
}
END_TEST

START_TEST(a_reload_starts_what_is_new_and_leaves_the_rest_alone)
{
	pid_t one;

	SKIP_UNLESS_GUEST();
	start("one");
	one = instance_hear(&in, "one", "ready");
	write_programs("one two");
	DO(0, "systemctl", "reload", UNIT);
	instance_hear(&in, "two", "ready");
	ck_assert_int_eq(instance_number(&in, "one", "pid"), one);
	unit_expect(UNIT, "ActiveState", "active");
}
END_TEST

START_TEST(a_reload_of_a_file_with_mistakes_fails_and_changes_nothing)
{
	pid_t one;

	SKIP_UNLESS_GUEST();
	start("one");
	one = instance_hear(&in, "one", "ready");
	service_programs("[program:one]\ncommand=true\nautorestart=perhaps\n");
	DO(-1, "systemctl", "reload", UNIT);
	journal_says(UNIT, "test.conf:3: ");
	unit_expect(UNIT, "ActiveState", "active");
	ck_assert(pid_alive(one));
	write_programs("one");
	DO(0, "systemctl", "reload", UNIT);
	ck_assert_int_eq(instance_number(&in, "one", "pid"), one);
}
END_TEST

START_TEST(a_start_with_mistakes_fails_once_and_says_why)
{
	SKIP_UNLESS_GUEST();
	service_programs("[program:one]\ncommand=true\nautorestart=perhaps\n");
	DO(-1, "systemctl", "start", UNIT);
	unit_expect(UNIT, "ActiveState", "failed");
	unit_expect(UNIT, "ExecMainStatus", "2");
	unit_expect(UNIT, "NRestarts", "0");
	journal_says(UNIT, "test.conf:3: ");
}
END_TEST

START_TEST(a_manager_that_is_killed_is_missed_by_nobody)
{
	pid_t one, manager;

	SKIP_UNLESS_GUEST();
	start("one");
	one = instance_hear(&in, "one", "ready");
	instance_reaches(&in, "one", "RUNNING");
	manager = instance_part(&in, "reeve-manager");
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	instance_logged(&in, "goes on with 1 processes");
	ck_assert_int_ne(instance_part_after(&in, "reeve-manager", manager), manager);
	instance_reaches(&in, "one", "RUNNING");
	ck_assert_int_eq(instance_number(&in, "one", "pid"), one);
	unit_expect(UNIT, "ActiveState", "active");
	unit_expect(UNIT, "NRestarts", "0");
	DO(0, "systemctl", "reload", UNIT);
}
END_TEST

START_TEST(after_a_keeper_that_is_killed_everything_is_started_again_and_once)
{
	pid_t one, keeper, again;

	SKIP_UNLESS_GUEST();
	start("one");
	one = instance_hear(&in, "one", "ready");
	keeper = in.pid;
	ck_assert_int_eq(kill(keeper, SIGKILL), 0);
	again = instance_hear(&in, "one", "ready");
	service_again(&in);
	ck_assert_int_ne(in.pid, keeper);
	ck_assert(!pid_alive(one));
	ck_assert_int_eq(instance_number(&in, "one", "pid"), again);
	unit_expect(UNIT, "NRestarts", "1");
}
END_TEST

START_TEST(with_a_store_a_keeper_that_is_killed_is_missed_by_nobody)
{
	pid_t one, keeper;

	SKIP_UNLESS_GUEST();
	service_drop_in("KillMode=process\nFileDescriptorStoreMax=4096\n"
			"Environment=FDSTORE=4096\n");
	start("one two");
	one = instance_hear(&in, "one", "ready");
	instance_hear(&in, "two", "ready");
	instance_reaches(&in, "one", "RUNNING");
	keeper = in.pid;
	ck_assert_int_eq(kill(keeper, SIGKILL), 0);
	journal_says(UNIT, "goes on with 2 processes");
	service_again(&in);
	ck_assert_int_ne(in.pid, keeper);
	instance_reaches(&in, "one", "RUNNING");
	ck_assert_int_eq(instance_number(&in, "one", "pid"), one);
	ck_assert(pid_alive(one));
	unit_expect(UNIT, "NRestarts", "1");
	/* A program of the first keeper can be stopped, and how it ends is known. */
	DO(0, "reevectl", "restart", "one");
	journal_says(UNIT, "stopped: one (exit status 0)");
	DO(0, "systemctl", "stop", UNIT);
	ck_assert(!pid_alive(one));
	unit_expect(UNIT, "Result", "success");
}
END_TEST

START_TEST(a_manager_that_hangs_is_replaced_before_systemds_watchdog_bites)
{
	pid_t one, manager;

	SKIP_UNLESS_GUEST();
	service_drop_in("WatchdogSec=4s\n");
	start("one");
	one = instance_hear(&in, "one", "ready");
	instance_reaches(&in, "one", "RUNNING");
	manager = instance_part(&in, "reeve-manager");
	ck_assert_int_eq(kill(manager, SIGSTOP), 0);
	instance_logged(&in, "reeve-manager does not answer");
	instance_logged(&in, "goes on with 1 processes");
	ck_assert_int_ne(instance_part_after(&in, "reeve-manager", manager), manager);
	instance_reaches(&in, "one", "RUNNING");
	ck_assert_int_eq(instance_number(&in, "one", "pid"), one);
	unit_expect(UNIT, "ActiveState", "active");
	unit_expect(UNIT, "NRestarts", "0");
}
END_TEST

START_TEST(what_the_daemon_logs_is_in_the_journal)
{
	SKIP_UNLESS_GUEST();
	start("one");
	instance_hear(&in, "one", "ready");
	journal_says(UNIT, "spawned: 'one' with pid ");
}
END_TEST

START_TEST(a_program_may_not_do_what_its_supervisor_may_not)
{
	_cleanup_(outcome_done) struct outcome o = { 0 };

	SKIP_UNLESS_GUEST();
	service_programs("[program:one]\ncommand=/bin/grep CapBnd /proc/self/status\n"
			 "stdout_logfile=/tmp/one.out\nautorestart=false\nstartsecs=0\n");
	service_start(&in);
	instance_logged(&in, "exited: one (exit status 0");
	guest_run(&o, 0,
		  (const char *const[]){ "grep", "-o", "[0-9a-f]\\{16\\}", "/tmp/one.out",
					 NULL });
	/* CAP_SYS_MODULE 16, CAP_SYS_RAWIO 17, CAP_SYS_BOOT 22 */
	ck_assert_uint_eq(strtoull(buf_str(&o.out), NULL, 16) & (1 << 16 | 1 << 17 | 1 << 22),
			  0);
}
END_TEST

START_TEST(with_the_hardening_example_programs_run_too)
{
	SKIP_UNLESS_GUEST();
	DO(0, "mkdir", "/etc/systemd/system/" UNIT ".d");
	DO(0, "cp", "/usr/share/doc/reeve/examples/hardening.conf",
	   "/etc/systemd/system/" UNIT ".d/");
	DO(0, "systemctl", "daemon-reload");
	service_programs("[program:one]\ncommand=/usr/bin/touch /etc/one\n"
			 "autorestart=false\n"
			 "[program:two]\ncommand=/usr/bin/touch /tmp/two\nuser=nobody\n"
			 "autorestart=false\nstartsecs=0\n");
	service_start(&in);
	instance_logged(&in, "exited: one (exit status 1");
	instance_logged(&in, "exited: two (exit status 0");
	DO(0, "systemd-analyze", "security", "--threshold=40", UNIT);
}
END_TEST

START_TEST(the_units_have_no_mistakes)
{
	SKIP_UNLESS_GUEST();
	DO(0, "systemd-analyze", "verify", "--man=no", UNIT, "reeve@other.service");
	DO(0, "env", "XDG_RUNTIME_DIR=/run", "systemd-analyze", "verify", "--man=no", "--user",
	   "/usr/lib/systemd/user/reeve.service");
}
END_TEST

START_TEST(an_instance_by_a_name_runs_beside_the_first)
{
	static const char conf[] = "[supervisord]\nuser=root\nlogfile=/var/log/reeve/x.log\n"
				   "pidfile=/run/reeve/x.pid\n[reeve]\n"
				   "socket=/run/reeve/x.sock\n";

	SKIP_UNLESS_GUEST();
	start("one");
	instance_write(&in, "/etc/reeve/x.conf", conf);
	DO(0, "systemctl", "start", "reeve@x.service");
	DO(0, "reevectl", "-c", "/etc/reeve/x.conf", "version");
	DO(0, "systemctl", "stop", "reeve@x.service");
	unit_expect("reeve@x.service", "Result", "success");
	DO(0, "reevectl", "version");
}
END_TEST

START_TEST(it_may_become_another_user)
{
	_cleanup_(buf_done) struct buf conf = BUF_INIT;

	SKIP_UNLESS_GUEST();
	ck_assert_int_eq(buf_printf(&conf,
				    "[supervisord]\nuser=nobody\nlogfile=%1$s/x.log\n"
				    "pidfile=%1$s/x.pid\n[reeve]\nsocket=%1$s/x.sock\n",
				    in.dir),
			 0);
	instance_write(&in, "/etc/reeve/x.conf", buf_str(&conf));
	DO(0, "chown", "nobody", in.dir);
	DO(0, "mkdir", "-p", "/etc/systemd/system/reeve@x.service.d");
	instance_write(&in, "/etc/systemd/system/reeve@x.service.d/user.conf",
		       "[Service]\nNotifyAccess=all\n");
	DO(0, "systemctl", "daemon-reload");
	DO(0, "systemctl", "start", "reeve@x.service");
	DO(0, "reevectl", "-c", "/etc/reeve/x.conf", "version");
	DO(0, "systemctl", "stop", "reeve@x.service");
	unit_expect("reeve@x.service", "Result", "success");
}
END_TEST

/* A shell script as user "tester" with a manager of its own. */
#define AS_USER                                                                                \
	"set -e; exec runuser -u tester -- env XDG_RUNTIME_DIR=/run/user/$(id -u tester) "     \
	"sh -e -c "

START_TEST(a_user_has_one_too)
{
	SKIP_UNLESS_GUEST();
	if (system("ls /usr/lib/*/security/pam_systemd.so >/dev/null 2>&1"))
		SKIP_TEST("users have no systemd here");
	DO(0, "sh", "-e", "-c",
	   "useradd -m tester; systemctl start user@$(id -u tester).service");
	DO(0, "sh", "-c",
	   AS_USER "'cd; mkdir -p .config/reeve;"
		   "printf \"[supervisord]\\n[program:a]\\ncommand=sleep 1000\\n"
		   "\" >.config/reeve/reeve.conf;"
		   "systemctl --user start reeve;"
		   "systemctl --user is-active reeve;"
		   "reevectl -c .config/reeve/reeve.conf pid a | grep -vx 0;"
		   "systemctl --user reload reeve;"
		   "systemctl --user stop reeve;"
		   "systemctl --user show -p Result reeve | grep -x Result=success'");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("unit");
	TCase *tc = harness_case(s, "unit");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, it_is_active_when_everything_is_started);
	tcase_add_test(tc, its_status_says_what_runs);
	tcase_add_test(tc, its_main_process_is_the_keeper);
	tcase_add_test(tc, a_program_finds_nothing_of_systemd_in_its_environment);
	tcase_add_test(tc, a_stop_ends_all_programs_in_order);
	tcase_add_test(tc, a_reload_starts_what_is_new_and_leaves_the_rest_alone);
	tcase_add_test(tc, a_reload_of_a_file_with_mistakes_fails_and_changes_nothing);
	tcase_add_test(tc, a_start_with_mistakes_fails_once_and_says_why);
	tcase_add_test(tc, a_manager_that_is_killed_is_missed_by_nobody);
	tcase_add_test(tc, after_a_keeper_that_is_killed_everything_is_started_again_and_once);
	tcase_add_test(tc, with_a_store_a_keeper_that_is_killed_is_missed_by_nobody);
	tcase_add_test(tc, a_manager_that_hangs_is_replaced_before_systemds_watchdog_bites);
	tcase_add_test(tc, what_the_daemon_logs_is_in_the_journal);
	tcase_add_test(tc, a_program_may_not_do_what_its_supervisor_may_not);
	tcase_add_test(tc, with_the_hardening_example_programs_run_too);
	tcase_add_test(tc, the_units_have_no_mistakes);
	tcase_add_test(tc, an_instance_by_a_name_runs_beside_the_first);
	tcase_add_test(tc, it_may_become_another_user);
	tcase_add_test(tc, a_user_has_one_too);
	return s;
}

int main(int argc, char **argv)
{
	(void)argc;
	guest_enter(argv[0]);
	return harness_run(suite());
}
