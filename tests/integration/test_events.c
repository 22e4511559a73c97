/* SPDX-License-Identifier: MIT */
/* test_events.c - what the daemon tells of what happens. */
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

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

/* The events of @args, as "TYPE NAME\n" each; with the keys that are asked for. */
static void events(struct buf *ret, const char *const *args)
{
	struct outcome o;
	char *rest, *text;

	instance_ctl(&in, &o, args);
	ck_assert_int_eq(o.status, 0);
	text = buf_steal(&o.out);
	for (char *line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		json_t *e = json_loads(line, 0, NULL);
		const json_t *process = json_object_get(e, "process");
		const json_t *from = json_object_get(e, "from_state");

		ck_assert_ptr_nonnull(e);
		ck_assert_int_eq(buf_printf(ret, "%s%s%s%s%s\n",
					    json_string_value(json_object_get(e, "event")),
					    process ? " " : "",
					    process ? json_string_value(process) : "",
					    from ? " " : "",
					    from ? json_string_value(from) : ""),
				 0);
		json_decref(e);
	}
	free(text);
	outcome_done(&o);
}
#define EVENTS(ret, ...)                                                                       \
	events(ret, (const char *const[]){ "events", "--json", __VA_ARGS__, NULL })

START_TEST(the_life_of_a_process_is_told)
{
	_cleanup_(buf_done) struct buf got = BUF_INIT;

	instance_run(&in, "[program:a]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
			  "autorestart=false\nexitcodes=3\n");
	instance_hear(&in, "a", "ready");
	instance_reaches(&in, "a", "RUNNING");
	EXPECT_CTL(&in, 0, "a: stopped\n", "stop", "a");
	EXPECT_CTL(&in, 0, "a: started\n", "start", "a");
	instance_hear(&in, "a", "ready");
	instance_order(&in, "a", "exit 3");
	instance_reaches(&in, "a", "EXITED");
	EVENTS(&got, "-n", "all");
	ck_assert_str_eq(buf_str(&got), "PROCESS_GROUP_ADDED\n"
					"SUPERVISOR_STATE_CHANGE_RUNNING\n"
					"PROCESS_STATE_STARTING a STOPPED\n"
					"PROCESS_STATE_RUNNING a STARTING\n"
					"PROCESS_STATE_STOPPING a RUNNING\n"
					"PROCESS_STATE_STOPPED a STOPPING\n"
					"PROCESS_STATE_STARTING a STOPPED\n"
					"PROCESS_STATE_RUNNING a STARTING\n"
					"PROCESS_STATE_EXITED a RUNNING\n");
}
END_TEST

/* The last event of a type, as JSON. */
static json_t *last_event(const char *type)
{
	struct outcome o;
	json_t *e;

	CTL(&in, &o, "events", "--json", "-n", "1", "-t", type);
	e = json_loads(buf_str(&o.out), 0, NULL);
	ck_assert_msg(e, "%s", buf_str(&o.out));
	outcome_done(&o);
	return e;
}

static json_int_t number(const json_t *e, const char *key)
{
	ck_assert_msg(json_is_integer(json_object_get(e, key)), "%s", key);
	return json_integer_value(json_object_get(e, key));
}

START_TEST(events_have_what_those_of_supervisord_have)
{
	json_t *e;
	pid_t pid;

	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\n"
			  "autorestart=unexpected\nexitcodes=3\n"
			  "[program:b]\ncommand=puppet exit 1\nstartsecs=10\nstartretries=1\n");
	pid = instance_hear(&in, "a", "ready");
	instance_reaches(&in, "a", "RUNNING");
	e = last_event("PROCESS_STATE_RUNNING");
	ck_assert_int_eq(number(e, "pid"), pid);
	json_decref(e);

	/* It is started again in the same breath, and the event is still about the one before.
	 */
	instance_order(&in, "a", "exit 4");
	ck_assert_int_ne(instance_hear(&in, "a", "ready"), pid);
	e = last_event("PROCESS_STATE_EXITED");
	ck_assert_int_eq(number(e, "pid"), pid);
	ck_assert(json_is_false(json_object_get(e, "expected")));
	json_decref(e);

	instance_order(&in, "a", "exit 3");
	instance_reaches(&in, "a", "EXITED");
	e = last_event("PROCESS_STATE_EXITED");
	ck_assert(json_is_true(json_object_get(e, "expected")));
	json_decref(e);

	instance_reaches(&in, "b", "FATAL");
	e = last_event("PROCESS_STATE_BACKOFF");
	ck_assert_int_eq(number(e, "tries"), 2);
	json_decref(e);
	e = last_event("PROCESS_STATE_FATAL");
	ck_assert_str_eq(json_string_value(json_object_get(e, "from_state")), "BACKOFF");
	json_decref(e);
}
END_TEST

START_TEST(filters_say_which)
{
	_cleanup_(buf_done) struct buf one = BUF_INIT, two = BUF_INIT, three = BUF_INIT;
	struct outcome o;

	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\n"
			  "[program:w]\ncommand=puppet wait\nstartsecs=0\n"
			  "process_name=w%(process_num)d\nnumprocs=2\n");
	instance_reaches(&in, "a", "RUNNING");
	instance_reaches(&in, "w0", "RUNNING");
	instance_reaches(&in, "w1", "RUNNING");
	EVENTS(&one, "w:w1");
	ck_assert_str_eq(buf_str(&one), "PROCESS_STATE_STARTING w1 STOPPED\n"
					"PROCESS_STATE_RUNNING w1 STARTING\n");
	EVENTS(&two, "-t", "PROCESS_GROUP", "w:*");
	ck_assert_str_eq(buf_str(&two), "PROCESS_GROUP_ADDED\n");
	EVENTS(&three, "-t", "SUPERVISOR_STATE_CHANGE_RUNNING");
	ck_assert_str_eq(buf_str(&three), "SUPERVISOR_STATE_CHANGE_RUNNING\n");
	CTL(&in, &o, "events", "-t", "TICK_5");
	ck_assert_int_eq(o.status, 2);
	outcome_done(&o);
}
END_TEST

START_TEST(an_update_adds_and_removes_groups)
{
	_cleanup_(buf_done) struct buf got = BUF_INIT;
	struct outcome o;

	instance_run(&in, "[program:a]\ncommand=puppet wait\nautostart=false\n");
	instance_configure(&in, "[program:b]\ncommand=puppet wait\nautostart=false\n");
	CTL(&in, &o, "update");
	ck_assert_int_eq(o.status, 0);
	outcome_done(&o);
	EVENTS(&got, "-n", "2", "-t", "PROCESS_GROUP");
	ck_assert_str_eq(buf_str(&got), "PROCESS_GROUP_REMOVED\nPROCESS_GROUP_ADDED\n");
}
END_TEST

START_TEST(numbers_go_on_with_the_next_manager)
{
	json_t *e;
	json_int_t before;
	pid_t manager;

	instance_run(&in, "[program:a]\ncommand=puppet on 15 0 wait\nstartsecs=0\n");
	instance_hear(&in, "a", "ready");
	instance_reaches(&in, "a", "RUNNING");
	e = last_event("EVENT");
	before = number(e, "serial");
	json_decref(e);
	manager = instance_part(&in, "reeve-manager");
	kill(manager, SIGKILL);
	instance_part_after(&in, "reeve-manager", manager);
	EXPECT_CTL(&in, 0, "a: stopped\n", "stop", "a");
	e = last_event("PROCESS_STATE_STOPPING");
	ck_assert_int_eq(number(e, "serial"), before + 1);
	json_decref(e);
}
END_TEST

START_TEST(the_end_of_a_job_is_told)
{
	struct outcome o;
	json_t *e;

	instance_run(&in, "");
	CTL(&in, &o, "run", "-d", "sh", "-c", "exit 3");
	ck_assert_int_eq(o.status, 0);
	outcome_done(&o);
	CTL(&in, &o, "wait", "1");
	ck_assert_int_eq(o.status, 3);
	outcome_done(&o);
	e = last_event("JOB_ENDED");
	ck_assert_int_eq(number(e, "job"), 1);
	ck_assert(json_is_false(json_object_get(e, "expected")));
	json_decref(e);
}
END_TEST

/* --- one who does not read ---------------------------------------------------------------- */

static int subscribe(void)
{
	static const char call[] = "{\"method\":\"io.reeve.control.Events\",\"parameters\":{"
				   "\"filter\":[\"PROCESS_LOG\"],\"last\":-1},\"more\":true}";
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_lt(snprintf(a.sun_path, sizeof a.sun_path, "%s/reeve.sock", in.dir),
			 (int)sizeof a.sun_path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	ck_assert_int_eq(write(fd, call, sizeof call), sizeof call);
	return fd;
}

/* The next reply. */
static json_t *reply(int fd, struct buf *got)
{
	char piece[4096];
	json_t *r, *p;
	size_t len;

	while (!got->len || !memchr(got->data, '\0', got->len)) {
		const ssize_t n = read(fd, piece, sizeof piece);

		ck_assert_int_gt(n, 0);
		ck_assert_int_eq(buf_append(got, piece, (size_t)n), 0);
	}
	len = strlen(got->data);
	r = json_loadb(got->data, len, 0, NULL);
	buf_drop(got, len + 1);
	p = json_incref(json_object_get(r, "parameters"));
	ck_assert_ptr_nonnull(p);
	json_decref(r);
	return p;
}

START_TEST(who_does_not_read_is_told_what_was_missed_and_holds_up_nobody)
{
	_cleanup_(buf_done) struct buf got = BUF_INIT;
	json_int_t lost = 0, next = 0, last, told = 0;
	json_t *e;
	int fd;

	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\n"
			  "stdout_logfile=%(here)s/a.log\nstdout_logfile_maxbytes=0\n"
			  "stdout_events_enabled=true\n");
	instance_hear(&in, "a", "ready");
	fd = subscribe();
	for (int i = 0; i < 8; i++) { /* several times what is kept */
		instance_order(&in, "a", "flood 20000");
		instance_order(&in, "a", "say flooded");
		instance_hear(&in, "a", "flooded");
	}
	instance_order(&in, "a", "out the end");
	instance_file_has(&in, "a.log", "the end\n");
	instance_expect_text(&in, "a", "statename", "RUNNING");
	e = last_event("PROCESS_LOG");
	last = number(e, "serial");
	json_decref(e);
	while (next <= last) {
		json_t *p = reply(fd, &got);
		const json_t *list = json_object_get(p, "events");

		lost += number(p, "lost");
		told += (json_int_t)json_array_size(list);
		next = number(p, "next");
		json_decref(p);
	}
	ck_assert_int_gt(lost, 0);
	ck_assert_int_gt(told, 0);
	ck_assert_int_le(lost + told, last + 1);
	close(fd);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("events");
	TCase *tc = harness_case(s, "events");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, the_life_of_a_process_is_told);
	tcase_add_test(tc, events_have_what_those_of_supervisord_have);
	tcase_add_test(tc, filters_say_which);
	tcase_add_test(tc, an_update_adds_and_removes_groups);
	tcase_add_test(tc, numbers_go_on_with_the_next_manager);
	tcase_add_test(tc, the_end_of_a_job_is_told);

	/* In less than the patience that the daemon has with it. */
	tc = harness_case(s, "slow reader");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 25);
	tcase_add_test(tc, who_does_not_read_is_told_what_was_missed_and_holds_up_nobody);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
