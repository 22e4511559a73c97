/* SPDX-License-Identifier: MIT */
/*
 * test_keeper_notices.c - programs that say how they fare. The test program is the one that
 * says it, too: "say TEXT…", a message for each.
 */

#include <limits.h>
#include <stddef.h>

#include "tests/unit/keeper_store.h"

static int connect_to(const char *to)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const size_t len = strlen(to);
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || *to != '@' || len >= sizeof at.sun_path)
		return -1;
	memcpy(at.sun_path, to, len);
	at.sun_path[0] = '\0';
	if (connect(fd, (const struct sockaddr *)&at,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		return -1;
	return fd;
}

/* Wait until all has been read, or we might be gone by then, and nobody know who we were. */
static int wait_at_barrier(int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	char text[] = "BARRIER=1", byte;
	struct iovec iov = { text, sizeof text - 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof control };
	int ends[2];

	if (pipe(ends) < 0)
		return -1;
	control.align = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS,
					  .cmsg_len = CMSG_LEN(sizeof(int)) };
	memcpy(CMSG_DATA(&control.align), &ends[1], sizeof(int));
	if (sendmsg(fd, &m, 0) < 0)
		return -1;
	(void)close(ends[1]);
	return read(ends[0], &byte, 1) == 0 ? 0 : -1;
}

static int say_all(char **texts, const char *to)
{
	const int fd = to ? connect_to(to) : -1;

	if (fd < 0)
		return 1;
	for (; *texts; texts++)
		if (send(fd, *texts, strlen(*texts), 0) < 0)
			return 2;
	return wait_at_barrier(fd) < 0 ? 3 : 0;
}

static const struct link_spawn speaks = { .umask = -1, .notify = true };

/* A program whose @script may use $SAY. */
static pid_t start(uint32_t gen, const char *script)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	pid_t pid;

	ck_assert_int_eq(buf_printf(&text, "SAY='%s/reeved say'; %s", rig.dir, script), 0);
	rig_spawn_as(&rig, 1, gen, buf_str(&text), &speaks);
	pid = hear_proc(LINK_SPAWNED, 1, gen).pid;
	return pid;
}

static struct heard hear(uint32_t gen)
{
	const struct heard h = rig_hear(&rig, manager, LINK_NOTIFIED);

	ck_assert_uint_eq(h.m.notified.id, 1);
	ck_assert_uint_eq(h.m.notified.gen, gen);
	return h;
}

START_TEST(what_a_program_says_is_told)
{
	struct link_notified n;

	(void)start(1, "$SAY READY=1 STOPPING=1; exec tail -f /dev/null");
	n = hear(1).m.notified;
	ck_assert(n.ready && !n.stopping && !n.has_status);
	n = hear(1).m.notified;
	ck_assert(n.stopping && !n.ready);
	ck_assert_uint_eq(n.dropped, 0);
	rig_finish(&rig);
}
END_TEST

START_TEST(what_it_says_with_its_last_breath_is_told_before_its_end)
{
	(void)start(1, "exec $SAY READY=1");
	ck_assert(hear(1).m.notified.ready);
	(void)hear_proc(LINK_EXITED, 1, 1);
	rig_finish(&rig);
}
END_TEST

START_TEST(each_incarnation_says_it_anew_at_the_same_place)
{
	(void)start(1, "exec $SAY READY=1");
	(void)hear_proc(LINK_EXITED, 1, 1);
	(void)start(2, "exec $SAY WATCHDOG=1");
	ck_assert(hear(2).m.notified.watchdog);
	(void)hear_proc(LINK_EXITED, 1, 2);
	(void)slot_after_crash(1); /* nothing that the first one said */
	rig_finish(&rig);
}
END_TEST

START_TEST(what_is_no_message_or_not_a_members_is_counted_and_no_more)
{
	struct link_notified n;

	/* 1 is somebody else. */
	(void)start(1, "$SAY '' MAINPID=1 READY=1; exec tail -f /dev/null");
	n = hear(1).m.notified;
	ck_assert(n.ready);
	ck_assert_int_eq(n.main_pid, 0);
	ck_assert_uint_eq(n.dropped, 2);
	rig_finish(&rig);
}
END_TEST

START_TEST(what_somebody_else_says_does_not_count)
{
	char to[NAME_MAX];
	int out, fd;
	ssize_t len;

	(void)start(1, "echo $NOTIFY_SOCKET; read x </dev/null; exec tail -f /dev/null");
	out = hear_pipe(1, 0);
	ck_assert_int_eq(fcntl(out, F_SETFL, 0), 0);
	len = read(out, to, sizeof to - 1);
	ck_assert_int_gt((int)len, 1);
	to[len - 1] = '\0';
	fd = connect_to(to);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(send(fd, "READY=1", 7, 0), 7);
	fd_close(fd);
	rig_hear_line(&rig, "does not count");
	ck_assert_uint_eq(rig_unheard(manager, LINK_NOTIFIED), 0);
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_member_may_name_another_as_the_main_process)
{
	struct link_notified n;
	const pid_t pid = start(1, "tail -f /dev/null & $SAY MAINPID=$!; wait");

	n = hear(1).m.notified;
	ck_assert_int_gt(n.main_pid, 0);
	ck_assert_int_ne(n.main_pid, pid);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_new_manager_is_told_what_still_holds)
{
	struct link_notified n;
	struct heard h;

	(void)start(1, "$SAY READY=1 STATUS=fine WATCHDOG=1; exec tail -f /dev/null");
	for (int i = 0; i < 3; i++)
		(void)hear(1);
	rig_replace(&rig, manager);
	(void)rig_hear_next(&rig, manager, LINK_HELLO);
	(void)rig_hear_next(&rig, manager, LINK_SLOT);
	h = rig_hear_next(&rig, manager, LINK_NOTIFIED);
	n = h.m.notified;
	ck_assert(n.ready && n.has_status && !n.watchdog);
	ck_assert_str_eq(h.text, "fine");
	(void)rig_hear_next(&rig, manager, LINK_BEGIN);
	rig_finish(&rig);
}
END_TEST

START_TEST(after_a_killed_keeper_it_is_known_who_was_ready_and_who_says_more_is_heard)
{
	int in[2];

	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	rig_spawn_with(&rig, 1, 1,
		       "SAY=\"$RIG_DIR/reeved say\"; $SAY READY=1; read x; $SAY STATUS=more; "
		       "exec tail -f /dev/null",
		       &(struct link_spawn){ .umask = -1, .notify = true, .fds = 1 }, &in[0],
		       1);
	ck_assert(hear(1).m.notified.ready);
	(void)await_copy("n1.");
	kill_keeper();
	start_again();
	rig_await(&rig, manager);
	ck_assert(hear(1).m.notified.ready);
	ck_assert_int_eq(write(in[1], "\n", 1), 1);
	ck_assert_str_eq(hear(1).text, "more");
	fd_close(in[0]);
	fd_close(in[1]);
}
END_TEST

START_TEST(who_is_not_to_say_anything_is_not_told_where)
{
	rig_spawn(&rig, 1, 1, "[ -z \"$NOTIFY_SOCKET\" ]");
	ck_assert_int_eq(exit_code(1, 1), 0);
	rig_finish(&rig);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("keeper_notices");
	TCase *tc = harness_case(s, "notices");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, what_a_program_says_is_told);
	tcase_add_test(tc, what_it_says_with_its_last_breath_is_told_before_its_end);
	tcase_add_test(tc, each_incarnation_says_it_anew_at_the_same_place);
	tcase_add_test(tc, what_is_no_message_or_not_a_members_is_counted_and_no_more);
	tcase_add_test(tc, what_somebody_else_says_does_not_count);
	tcase_add_test(tc, a_member_may_name_another_as_the_main_process);
	tcase_add_test(tc, a_new_manager_is_told_what_still_holds);
	tcase_add_test(tc, who_is_not_to_say_anything_is_not_told_where);
	tc = harness_case(s, "store");
	tcase_add_checked_fixture(tc, setup_store, teardown_store);
	tcase_set_timeout(tc, 20);
	tcase_add_test(
		tc, after_a_killed_keeper_it_is_known_who_was_ready_and_who_says_more_is_heard);
	return s;
}

static int tests(void)
{
	return harness_run(suite());
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "say") == 0)
		return say_all(argv + 2, getenv("NOTIFY_SOCKET"));
	return rig_main(argc, argv, tests);
}
