/* SPDX-License-Identifier: MIT */
/* test_keeper_store.c - a keeper that is killed, and the next one. The test is systemd. */
#include <signal.h>
#include <sys/stat.h>

#include "tests/unit/keeper_store.h"

/* It may have come first. */
static void await_logger(void)
{
	if (!logger->pid)
		rig_await(&rig, logger);
}

/* Up to a manager that has said READY; what it was told of process @id, if that is not 0. */
static struct link_slot go_on(uint32_t id)
{
	struct link_slot s = { 0 };

	start_again();
	rig_await(&rig, manager);
	ck_assert(!rig_hear_next(&rig, manager, LINK_HELLO).m.hello.first);
	while (id && s.id != id)
		s = rig_hear(&rig, manager, LINK_SLOT).m.slot;
	(void)rig_hear(&rig, manager, LINK_BEGIN);
	await_logger();
	rig_say_type(manager, LINK_READY);
	return s;
}

/* The program of @id, and all of it at systemd's. */
static pid_t spawn_kept(uint32_t id, const char *script)
{
	const pid_t pid = spawn(id, 1, script);
	char name[16];

	(void)snprintf(name, sizeof name, "o%u.", id);
	(void)await_copy(name);
	(void)snprintf(name, sizeof name, "x%u.", id);
	(void)await_copy(name);
	return pid;
}

static ino_t inode(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

/* --- tests ------------------------------------------------------------------------------- */

START_TEST(a_program_lives_on_and_is_known)
{
	const pid_t pid = spawn_kept(1, "exec tail -f /dev/null");
	struct link_slot s;

	for (int i = 0; i < 3; i++) {
		kill_keeper();
		s = go_on(1);
		ck_assert_int_eq(s.pid, pid);
		ck_assert(s.exec_done && !s.ended);
		ck_assert_uint_eq(s.gen, 1);
	}
	ck_assert_int_eq(kill(pid, 0), 0);
}
END_TEST

START_TEST(a_program_that_lived_on_is_signalled_and_its_end_is_told)
{
	const struct link_signal term = {
		.id = 1, .gen = 1, .token = 5, .signo = SIGTERM, .group = true
	};
	const pid_t pid = spawn_kept(1, "trap 'exit 7' TERM; tail -f /dev/null & wait");
	struct link_proc p;

	kill_keeper();
	(void)go_on(1);
	ck_assert_int_eq(signal_with(&term).error, 0);
	p = hear_proc(LINK_EXITED, 1, 1);
	ck_assert_int_eq(p.pid, pid);
	ck_assert(!p.lost); /* we have not reaped it: /proc says how it ended */
	ck_assert(WIFEXITED(p.status) && WEXITSTATUS(p.status) == 7);
	ck_assert_int_eq(signal_with(&term).error, ESRCH);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	(void)spawn(1, 2, "true");
	(void)hear_proc(LINK_EXITED, 1, 2);
}
END_TEST

START_TEST(the_end_of_one_that_died_meanwhile_is_told_if_only_that_it_did)
{
	const pid_t pid = spawn_kept(1, "exec tail -f /dev/null");
	struct link_slot s;

	kill_keeper();
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid); /* as systemd would */
	s = go_on(1);
	if (!s.ended) { /* the manager was told of it first */
		const struct link_proc p = hear_proc(LINK_EXITED, 1, 1);

		s.lost = p.lost;
		s.wait_status = p.status;
	}
	if (s.lost)
		ck_assert(WIFEXITED(s.wait_status) && WEXITSTATUS(s.wait_status) == 255);
	else
		ck_assert(WIFSIGNALED(s.wait_status) && WTERMSIG(s.wait_status) == SIGTERM);
}
END_TEST

START_TEST(without_its_descriptor_a_process_is_found_all_the_same)
{
	const pid_t pid = spawn_kept(1, "exec tail -f /dev/null");

	kill_keeper();
	forget_copy(copy_of("x1.")->name);
	ck_assert_int_eq(go_on(1).pid, pid);
	(void)await_copy("x1.");
}
END_TEST

START_TEST(without_its_descriptor_one_that_is_gone_is_lost)
{
	const pid_t pid = spawn_kept(1, "exec tail -f /dev/null");
	struct link_slot s;

	kill_keeper();
	forget_copy(copy_of("x1.")->name);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	s = go_on(1);
	ck_assert_int_eq(s.pid, 0);
	ck_assert(s.ended && s.lost);
}
END_TEST

START_TEST(no_byte_of_its_output_is_lost)
{
	int in[2], out;

	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	rig_spawn_with(&rig, 1, 1, "echo one; read x; echo two; read x",
		       &(struct link_spawn){ .umask = -1, .fds = 1 }, &in[0], 1);
	(void)hear_proc(LINK_EXEC_OK, 1, 1);
	(void)await_copy("e1.");
	(void)await_copy("o1.");
	kill_keeper();
	ck_assert_int_eq(write(in[1], "\n", 1), 1);
	(void)go_on(1);
	out = hear_pipe(1, 0);
	rig_reads(out, "one\ntwo\n");
	fd_close(out);
	fd_close(in[0]);
	fd_close(in[1]);
}
END_TEST

START_TEST(an_exit_that_was_not_settled_is_told_to_the_next)
{
	struct link_slot s;

	(void)spawn(1, 4, "exit 3");
	(void)hear_proc(LINK_EXITED, 1, 4);
	(void)await_copy("o1.");
	kill_keeper();
	s = go_on(1);
	ck_assert(s.ended && !s.lost);
	ck_assert_int_eq(WEXITSTATUS(s.wait_status), 3);
	send_proc(LINK_SETTLED, 1, 4);
	(void)spawn(2, 1, "true"); /* it has been read by then */
	kill_keeper();
	ck_assert(!go_on(1).ended);
}
END_TEST

START_TEST(deposits_come_back_and_the_last_of_a_name_counts)
{
	const struct link_msg m = { .type = LINK_DEPOSIT, .name = { "odd: %name" } };
	const int first = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const int last = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	char name[64];
	struct heard h;

	rig_say(manager, &m, first);
	(void)snprintf(name, sizeof name, "%s", await_copy("m")->name);
	rig_say(manager, &m, last);
	await_no_copy(name);
	ck_assert_ptr_nonnull(copy_of("m")); /* never none */
	rig_say(logger, &m, first);
	(void)await_copy("l");
	kill_keeper();
	start_again();
	rig_await(&rig, manager);
	h = rig_hear(&rig, manager, LINK_DEPOSIT);
	ck_assert_str_eq(h.text, "odd: %name");
	ck_assert_uint_eq(inode(h.fd), inode(last));
	fd_close(h.fd);
	(void)rig_hear_next(&rig, manager, LINK_BEGIN);
	await_logger();
	h = rig_hear(&rig, logger, LINK_DEPOSIT);
	ck_assert_uint_eq(inode(h.fd), inode(first));
	fd_close(h.fd);
	rig_say(manager, &m, -1);
	await_no_copy("m");
	fd_close(first);
	fd_close(last);
}
END_TEST

START_TEST(a_wire_lives_on_with_what_is_in_it)
{
	rig_spawn_as(&rig, 1, 1, "echo through the wire; exec tail -f /dev/null",
		     &(struct link_spawn){ .umask = -1, .stdout_wire = true });
	(void)hear_proc(LINK_EXEC_OK, 1, 1);
	(void)await_copy("w1.");
	(void)await_copy("r1.");
	kill_keeper();
	(void)go_on(1);
	rig_spawn_as(&rig, 2, 1, "read x; [ \"$x\" = 'through the wire' ]",
		     &(struct link_spawn){ .umask = -1, .stdin_wire = 1 });
	ck_assert_int_eq(hear_proc(LINK_EXITED, 2, 1).status, 0);
	send_proc(LINK_FORGET, 1, 1);
	await_no_copy("w1.");
	await_no_copy("r1.");
}
END_TEST

START_TEST(what_is_forgotten_is_taken_back)
{
	(void)spawn(1, 1, "true");
	(void)hear_proc(LINK_EXITED, 1, 1);
	(void)await_copy("e1.");
	send_proc(LINK_FORGET, 1, 1);
	await_no_copy("o1.");
	await_no_copy("e1.");
	ck_assert_ptr_null(copy_of("x1."));
}
END_TEST

START_TEST(at_its_end_programs_of_an_earlier_keeper_go_too)
{
	const pid_t pid = spawn_kept(1, "trap '' TERM; while :; do read x </dev/zero; done");
	int status;

	kill_keeper();
	(void)go_on(1);
	rig_finish(&rig);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
END_TEST

START_TEST(one_that_was_killed_while_it_ended_is_not_gone_on_from)
{
	const pid_t pid = spawn_kept(1, "trap 'echo not yet' TERM; "
					"(trap '' TERM; exec tail -f /dev/null) & "
					"echo; wait; wait");
	int out = hear_pipe(1, 0);

	rig_reads(out, "\n");
	rig_say_type(manager, LINK_FINISH);
	rig_reads(out, "not yet\n");
	fd_close(out);
	kill_keeper();
	start_again();
	rig_await(&rig, manager);
	ck_assert(rig_hear_next(&rig, manager, LINK_HELLO).m.hello.first);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(without_a_book_it_is_a_start_like_any_other)
{
	const pid_t pid = spawn_kept(1, "exec tail -f /dev/null");

	kill_keeper();
	forget_copy(copy_of("b0.")->name);
	start_again();
	rig_await(&rig, manager);
	ck_assert(rig_hear_next(&rig, manager, LINK_HELLO).m.hello.first);
	(void)rig_hear_next(&rig, manager, LINK_BEGIN);
	await_no_copy("o1.");
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(a_socket_that_systemd_listens_at_is_the_managers)
{
	struct copy c = { .name = "reeve.socket" };
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct heard h;

	c.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)snprintf(at.sun_path, sizeof at.sun_path, "%.90s/control", rig.dir);
	ck_assert_int_eq(bind(c.fd, (const struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(listen(c.fd, 1), 0);
	kill_keeper();
	copies[n_copies++] = c;
	start_again();
	rig_await(&rig, manager);
	h = rig_hear(&rig, manager, LINK_DEPOSIT);
	ck_assert_str_eq(h.text, "activated");
	ck_assert_uint_eq(inode(h.fd), inode(c.fd));
	fd_close(h.fd);
}
END_TEST

START_TEST(what_systemd_has_no_room_for_is_said_once)
{
	for (uint32_t id = 1; id <= 30; id++) /* three each */
		rig_spawn(&rig, id, 1, "exec tail -f /dev/null");
	rig_hear_line(&rig, "systemd keeps no more than 60 descriptors");
	for (uint32_t id = 1; id <= 30; id++)
		(void)rig_hear(&rig, manager, LINK_EXEC_OK);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_program_sees_nothing_of_it)
{
	(void)spawn_kept(1, "exec tail -f /dev/null");
	kill_keeper();
	(void)go_on(1);
	rig_spawn(&rig, 2, 1,
		  "env | grep -E '^(LISTEN|FDSTORE|NOTIFY)' && exit 1; "
		  "for i in 3 4 5 6 7 8 9; do [ -e /proc/self/fd/$i ] && exit 2; done; exit 0");
	ck_assert_int_eq(exit_code(2, 1), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("keeper_store");
	TCase *tc = harness_case(s, "store");

	tcase_add_checked_fixture(tc, setup_store, teardown_store);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_program_lives_on_and_is_known);
	tcase_add_test(tc, a_program_that_lived_on_is_signalled_and_its_end_is_told);
	tcase_add_test(tc, the_end_of_one_that_died_meanwhile_is_told_if_only_that_it_did);
	tcase_add_test(tc, without_its_descriptor_a_process_is_found_all_the_same);
	tcase_add_test(tc, without_its_descriptor_one_that_is_gone_is_lost);
	tcase_add_test(tc, no_byte_of_its_output_is_lost);
	tcase_add_test(tc, an_exit_that_was_not_settled_is_told_to_the_next);
	tcase_add_test(tc, deposits_come_back_and_the_last_of_a_name_counts);
	tcase_add_test(tc, a_wire_lives_on_with_what_is_in_it);
	tcase_add_test(tc, what_is_forgotten_is_taken_back);
	tcase_add_test(tc, at_its_end_programs_of_an_earlier_keeper_go_too);
	tcase_add_test(tc, one_that_was_killed_while_it_ended_is_not_gone_on_from);
	tcase_add_test(tc, without_a_book_it_is_a_start_like_any_other);
	tcase_add_test(tc, a_socket_that_systemd_listens_at_is_the_managers);
	tcase_add_test(tc, what_systemd_has_no_room_for_is_said_once);
	tcase_add_test(tc, a_program_sees_nothing_of_it);
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
