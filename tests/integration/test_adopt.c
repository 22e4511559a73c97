/* SPDX-License-Identifier: MIT */
/* test_adopt.c - a manager dies in the middle of something, and the next one goes on with it.
 */
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "tests/integration/instance.h"

static struct instance in;

static void setup(void)
{
	instance_init(&in);
}

static void teardown(void)
{
	instance_done(&in);
}

#define A "[program:a]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
/* Ends when it is told to, not when it is asked to. */
#define SLOW "[program:slow]\ncommand=puppet note 15 wait\nstartsecs=0\nstopwaitsecs=600\n"
#define SLOW_N(n)                                                                              \
	"[program:s]\nprocess_name=s%(process_num)d\nnumprocs=" #n                             \
	"\ncommand=puppet note 15 wait\nstartsecs=0\nstopwaitsecs=600\n"

/* "reevectl ARG" beside the test; finish() waits for it. */
static pid_t begin(const char *arg)
{
	struct outcome o;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid)
		return pid;
	CTL(&in, &o, arg);
	_exit(o.status);
}

static int finish(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void kill_manager(void)
{
	const pid_t manager = instance_part(&in, "reeve-manager");

	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	pid_gone(manager);
	instance_part_after(&in, "reeve-manager", manager);
}

/* A client that does not wait: its request is in the socket, to be found with others. */
static int ask_with(const char *method, const char *parameters)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[200];
	const int n = snprintf(text, sizeof text,
			       "{\"method\":\"io.reeve.control.%s\",\"parameters\":%s}", method,
			       parameters);

	snprintf(at.sun_path, sizeof at.sun_path, "%.90s/reeve.sock", in.dir);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(write(fd, text, (size_t)n + 1), n + 1);
	return fd;
}

static int ask(const char *method)
{
	return ask_with(method, "{}");
}

/* It must be answered, with something that has @text in it. */
static void answered(int fd, const char *text)
{
	char reply[4096];
	const ssize_t n = read(fd, reply, sizeof reply);

	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(reply[n - 1], '\0');
	ck_assert_msg(strstr(reply, text), "%s", reply);
	close(fd);
}

/* The keeper does not get to read what its manager asks for before that manager is gone. */
START_TEST(a_start_that_did_not_get_out_is_made_up_for)
{
	pid_t manager;
	int client;

	instance_run(&in, "[program:a]\ncommand=puppet on 15 0 wait\nautostart=false\n"
			  "startsecs=0\n");
	manager = instance_part(&in, "reeve-manager");
	ck_assert_int_eq(kill(in.pid, SIGSTOP), 0);
	client = ask_with("Start", "{\"names\":[\"a\"]}");
	instance_reaches(&in, "a", "STARTING");
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	ck_assert_int_eq(kill(in.pid, SIGCONT), 0);
	instance_part_after(&in, "reeve-manager", manager);
	instance_hear(&in, "a", "ready");
	instance_reaches(&in, "a", "RUNNING");
	ck_assert_int_eq(instance_number(&in, "a", "generation"), 1);
	ck_assert_int_eq(instance_number(&in, "a", "restarts"), 0);
	close(client);
}
END_TEST

START_TEST(two_updates_may_remove_one_group)
{
	pid_t manager;
	int one, two;

	instance_run(&in, A SLOW);
	instance_hear(&in, "slow", "ready");
	manager = instance_part(&in, "reeve-manager");
	instance_configure(&in, A);
	ck_assert_int_eq(kill(manager, SIGSTOP), 0);
	one = ask("Update");
	two = ask("Update");
	ck_assert_int_eq(kill(manager, SIGCONT), 0);
	instance_hear(&in, "slow", "15");
	instance_order(&in, "slow", "exit 0");
	answered(one, "removed");
	answered(two, "removed");
	EXPECT_CTL(&in, 4, "slow: ERROR (no such process)\n", "status", "slow");
	ck_assert_int_eq(instance_part(&in, "reeve-manager"), manager);
}
END_TEST

START_TEST(a_group_that_is_larger_than_the_ledger_is_found_again)
{
	pid_t pid;

	instance_run(&in, A);
	instance_hear(&in, "a", "ready");
	instance_configure(&in, A "[program:p]\nprocess_name=p%(process_num)d\nnumprocs=150\n"
				  "command=puppet on 15 0 wait\nstartsecs=0\n");
	EXPECT_CTL(&in, 0, "p: added process group\n", "update");
	instance_hear(&in, "p0", "ready");
	pid = instance_hear(&in, "p149", "ready");
	instance_reaches(&in, "p149", "RUNNING");
	kill_manager();
	for (int i = 0; i < 150; i += 7) {
		char name[16];

		snprintf(name, sizeof name, "p%d", i);
		instance_expect_text(&in, name, "statename", "RUNNING");
	}
	ck_assert_int_eq(instance_number(&in, "p149", "pid"), pid);
	instance_reaches(&in, "a", "RUNNING");
}
END_TEST

START_TEST(a_process_that_leaves_and_is_wanted_again_comes_back)
{
	pid_t manager, pid;

	instance_run(&in, SLOW_N(2));
	instance_hear(&in, "s0", "ready");
	pid = instance_hear(&in, "s1", "ready");
	manager = instance_part(&in, "reeve-manager");
	instance_configure(&in, SLOW_N(1));
	pid_t update = begin("update");
	instance_hear(&in, "s1", "15");
	instance_configure(&in, SLOW_N(2));
	EXPECT_CTL(&in, 0, "s: updated process group\n", "update");
	ck_assert(pid_alive(pid));
	instance_order(&in, "s1", "exit 0");
	ck_assert_int_ne(instance_hear(&in, "s1", "ready"), pid);
	ck_assert_int_eq(finish(update), 0);
	instance_reaches(&in, "s1", "RUNNING");
	ck_assert_int_eq(instance_part(&in, "reeve-manager"), manager);
	ck_assert(!instance_heard(&in, "s0", "15"));
	instance_order(&in, "s0", "exit 0");
	instance_order(&in, "s1", "exit 0");
}
END_TEST

START_TEST(a_process_that_leaves_goes_alone)
{
	pid_t manager, pid, update;

	instance_run(&in, SLOW_N(2));
	instance_hear(&in, "s0", "ready");
	pid = instance_hear(&in, "s1", "ready");
	manager = instance_part(&in, "reeve-manager");
	instance_configure(&in, SLOW_N(1));
	update = begin("update");
	instance_hear(&in, "s1", "15");
	instance_order(&in, "s1", "exit 0");
	pid_gone(pid);
	ck_assert_int_eq(finish(update), 0);
	EXPECT_CTL(&in, 4, "s:s1: ERROR (no such process)\n", "status", "s:s1");
	ck_assert_int_eq(instance_part(&in, "reeve-manager"), manager);
	instance_order(&in, "s0", "exit 0");
}
END_TEST

START_TEST(a_process_that_was_leaving_does_not_live_on_unseen)
{
	pid_t update, pid;

	instance_run(&in, SLOW_N(2));
	instance_hear(&in, "s0", "ready");
	pid = instance_hear(&in, "s1", "ready");
	instance_configure(&in, SLOW_N(1));
	update = begin("update");
	instance_hear(&in, "s1", "15");
	kill_manager();
	instance_logged(&in, "belongs to no program any more");
	/* It has all its time, and no second signal. */
	ck_assert(!instance_heard(&in, "s1", "15"));
	ck_assert(pid_alive(pid));
	instance_order(&in, "s1", "exit 0");
	pid_gone(pid);
	finish(update);
	EXPECT_CTL(&in, 4, "s:s1: ERROR (no such process)\n", "status", "s:s1");
	instance_reaches(&in, "s0", "RUNNING");
	instance_order(&in, "s0", "exit 0");
}
END_TEST

START_TEST(a_process_that_was_leaving_is_killed_when_its_time_is_over)
{
	pid_t update, pid;

	instance_run(&in, "[program:s]\nprocess_name=s%(process_num)d\nnumprocs=2\n"
			  "command=puppet note 15 wait\nstartsecs=0\nstopwaitsecs=2\n");
	instance_hear(&in, "s0", "ready");
	pid = instance_hear(&in, "s1", "ready");
	instance_configure(&in, "[program:s]\nprocess_name=s%(process_num)d\nnumprocs=1\n"
				"command=puppet note 15 wait\nstartsecs=0\nstopwaitsecs=2\n");
	update = begin("update");
	instance_hear(&in, "s1", "15");
	kill_manager();
	pid_gone(pid);
	finish(update);
	instance_order(&in, "s0", "exit 0");
}
END_TEST

START_TEST(what_was_read_and_where_it_stands_is_known_to_the_next_manager)
{
	json_t *before, *after;

	instance_run(&in, A);
	instance_hear(&in, "a", "ready");
	before = instance_status(&in, "a");
	instance_configure(&in, A SLOW);
	EXPECT_CTL(&in, 0, "slow: available\n", "reread");
	kill_manager();
	after = instance_status(&in, "a");
	ck_assert_str_eq(json_string_value(json_object_get(before, "source")),
			 json_string_value(json_object_get(after, "source")));
	EXPECT_CTL(&in, 0, "slow: added process group\n", "add", "slow");
	instance_hear(&in, "slow", "ready");
	instance_order(&in, "slow", "exit 0");
	json_decref(before);
	json_decref(after);
}
END_TEST

START_TEST(what_was_removed_stays_removed)
{
	instance_run(&in, A SLOW);
	instance_hear(&in, "a", "ready");
	instance_configure(&in, SLOW);
	EXPECT_CTL(&in, 0, "a: stopped\na: removed process group\n", "update");
	kill_manager();
	EXPECT_CTL(&in, 4, "a: ERROR (no such process)\n", "status", "a");
	instance_configure(&in, A SLOW);
	instance_forget(&in);
	EXPECT_CTL(&in, 0, "a: added process group\n", "update");
	instance_hear(&in, "a", "ready");
	instance_order(&in, "slow", "exit 0");
}
END_TEST

START_TEST(what_never_ran_keeps_its_log)
{
	json_t *before, *after;
	const char *key = "stdout_logfile";

	instance_run(&in, A "[program:never]\ncommand=puppet wait\nautostart=false\n");
	before = instance_status(&in, "never");
	kill_manager();
	after = instance_status(&in, "never");
	ck_assert_str_eq(json_string_value(json_object_get(before, key)),
			 json_string_value(json_object_get(after, key)));
	json_decref(before);
	json_decref(after);
}
END_TEST

START_TEST(a_reload_goes_on_with_the_next_manager)
{
	struct outcome o;

	instance_run(&in, A SLOW);
	instance_hear(&in, "a", "ready");
	instance_hear(&in, "slow", "ready");
	instance_configure(&in, A);
	CTL(&in, &o, "reload");
	outcome_done(&o);
	instance_hear(&in, "slow", "15");
	kill_manager();
	instance_order(&in, "slow", "exit 0");
	instance_hear(&in, "a", "ready");
	instance_reaches(&in, "a", "RUNNING");
	EXPECT_CTL(&in, 4, "slow: ERROR (no such process)\n", "status", "slow");
}
END_TEST

START_TEST(a_shutdown_goes_on_with_the_next_manager)
{
	pid_t manager;

	instance_run(&in, SLOW);
	instance_hear(&in, "slow", "ready");
	manager = instance_part(&in, "reeve-manager");
	instance_signal(&in, SIGTERM);
	instance_hear(&in, "slow", "15");
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	instance_order(&in, "slow", "exit 0");
	ck_assert_int_eq(instance_ended(&in), 0);
	instance_nothing_left(&in);
}
END_TEST

START_TEST(a_command_that_is_no_words_is_told_as_before)
{
	const char *why = "can't parse command 'puppet \"': No closing quotation";

	instance_run(&in, "[program:a]\ncommand=puppet \"\nstartretries=0\n");
	instance_reaches(&in, "a", "FATAL");
	instance_expect_text(&in, "a", "spawnerr", why);
	kill_manager();
	instance_expect_text(&in, "a", "spawnerr", why);
}
END_TEST

START_TEST(a_socket_that_cannot_move_stays)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	char conf[400], open_to_all[400];

	snprintf(open_to_all, sizeof open_to_all, "%s/open", in.dir);
	ck_assert_int_eq(mkdir(open_to_all, 0755), 0);
	ck_assert_int_eq(chmod(open_to_all, 0777), 0);
	instance_run(&in, A);
	instance_hear(&in, "a", "ready");
	snprintf(conf, sizeof conf, "%s", in.conf);
	ck_assert_int_eq(buf_printf(&text,
				    "[supervisord]\nlogfile=%%(here)s/reeved.log\n"
				    "childlogdir=%%(here)s\n"
				    "environment=PUPPET_DIR=\"%%(here)s\"\n"
				    "[reeve]\nsocket=%%(here)s/open/reeve.sock\n%s",
				    A),
			 0);
	ck_assert_int_eq(rename(conf, strcat(in.conf, ".old")), 0);
	instance_write(&in, conf, buf_str(&text));
	instance_signal(&in, SIGHUP);
	instance_hear(&in, "a", "ready");
	instance_logged(&in, "the control socket stays where it is");
	instance_reaches(&in, "a", "RUNNING");
	kill_manager();
	instance_reaches(&in, "a", "RUNNING");
}
END_TEST

START_TEST(a_directory_that_is_gone_stops_no_manager)
{
	char path[400];

	snprintf(path, sizeof path, "%s/logs", in.dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	instance_run(&in, A "stdout_logfile=%(here)s/logs/a.log\n");
	instance_hear(&in, "a", "ready");
	instance_reaches(&in, "a", "RUNNING");
	scratch_remove(path);
	kill_manager();
	instance_reaches(&in, "a", "RUNNING");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("adopt");
	TCase *tc = harness_case(s, "adopt");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_start_that_did_not_get_out_is_made_up_for);
	tcase_add_test(tc, two_updates_may_remove_one_group);
	tcase_add_test(tc, a_group_that_is_larger_than_the_ledger_is_found_again);
	tcase_add_test(tc, a_process_that_leaves_and_is_wanted_again_comes_back);
	tcase_add_test(tc, a_process_that_leaves_goes_alone);
	tcase_add_test(tc, a_process_that_was_leaving_does_not_live_on_unseen);
	tcase_add_test(tc, what_was_removed_stays_removed);
	tcase_add_test(tc, what_never_ran_keeps_its_log);
	tcase_add_test(tc, a_reload_goes_on_with_the_next_manager);
	tcase_add_test(tc, a_shutdown_goes_on_with_the_next_manager);
	tcase_add_test(tc, a_process_that_was_leaving_is_killed_when_its_time_is_over);
	tcase_add_test(tc, what_was_read_and_where_it_stands_is_known_to_the_next_manager);
	tcase_add_test(tc, a_command_that_is_no_words_is_told_as_before);
	tcase_add_test(tc, a_socket_that_cannot_move_stays);
	tcase_add_test(tc, a_directory_that_is_gone_stops_no_manager);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
