/* SPDX-License-Identifier: MIT */
/* test_keeper_wires.c - programs that read what others write: 1 writes, 2 reads. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "daemon/sys/child.h"
#include "tests/unit/keeper_words.h"

static const struct link_spawn writer = { .umask = -1, .stdout_wire = true };
static const struct link_spawn reader = { .umask = -1, .stdin_wire = 1 };
static const struct link_spawn writer_once = { .umask = -1,
					       .stdout_wire = true,
					       .wire_once = true };
static const struct link_spawn reader_once = { .umask = -1,
					       .stdin_wire = 1,
					       .wire_once = true };

static void start(uint32_t id, uint32_t gen, const char *script, const struct link_spawn *how)
{
	rig_spawn_as(&rig, id, gen, script, how);
	(void)hear_proc(LINK_EXEC_OK, id, gen);
}

/* The read end of stream @which of @id; those of others are dropped. */
static int stream_of(uint32_t id, uint32_t which)
{
	for (;;) {
		struct heard h = rig_hear(&rig, logger, LINK_PIPE);

		if (h.m.proc.id == id && h.m.proc.which == which)
			return h.fd;
		fd_close(h.fd);
	}
}

static void kill_one(uint32_t id, uint32_t gen)
{
	const struct link_signal s = { .id = id, .gen = gen, .token = 1, .signo = SIGKILL };

	ck_assert_int_eq(signal_with(&s).error, 0);
	(void)hear_proc(LINK_EXITED, id, gen);
}

static void close_wire(bool read_end, bool write_end)
{
	const struct link_msg m = { .type = LINK_WIRE, .wire = { 1, read_end, write_end } };

	rig_say(manager, &m, -1);
}

START_TEST(what_one_writes_the_other_reads_whoever_starts_first)
{
	int out;

	if (_i)
		start(1, 1, "echo one; exec tail -f /dev/null", &writer);
	start(2, 1, "read x; echo \"got $x\"", &reader);
	if (!_i)
		start(1, 1, "echo one; exec tail -f /dev/null", &writer);
	out = stream_of(2, 0);
	rig_reads(out, "got one\n");
	(void)hear_proc(LINK_EXITED, 2, 1);
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(what_is_in_a_wire_waits_for_the_next_reader)
{
	int out;

	start(2, 1, "exec tail -f /dev/null", &reader);
	rig_spawn_as(&rig, 1, 1, "echo one; echo two", &writer);
	(void)hear_proc(LINK_EXITED, 1, 1);
	kill_one(2, 1);
	start(2, 2, "read x; read y; echo \"got $x $y\"", &reader);
	out = stream_of(2, 0);
	rig_reads(out, "got one two\n");
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_reader_has_its_end_when_the_writer_will_not_come_back)
{
	int out;

	start(2, 1, "cat; echo end", &reader);
	out = stream_of(2, 0);
	rig_spawn_as(&rig, 1, 1, "echo one", &writer);
	(void)hear_proc(LINK_EXITED, 1, 1);
	rig_reads(out, "one\n");
	rig_spawn_as(&rig, 1, 2, "echo two", &writer);
	(void)hear_proc(LINK_EXITED, 1, 2);
	rig_reads(out, "two\n");
	close_wire(false, true);
	rig_reads(out, "end\n");
	(void)hear_proc(LINK_EXITED, 2, 1);
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_writer_has_sigpipe_when_the_reader_will_not_come_back)
{
	struct link_proc p;

	start(1, 1, "exec yes", &writer);
	rig_spawn_as(&rig, 2, 1, "read x", &reader);
	(void)hear_proc(LINK_EXITED, 2, 1);
	ck_assert_uint_eq(rig_unheard(manager, LINK_EXITED), 0);
	close_wire(true, false);
	p = hear_proc(LINK_EXITED, 1, 1);
	ck_assert(WIFSIGNALED(p.status) && WTERMSIG(p.status) == SIGPIPE);
	rig_finish(&rig);
}
END_TEST

START_TEST(an_end_that_was_closed_comes_back_with_all_that_is_in_the_wire)
{
	int out, err;

	/* tail(1) ends when the reader of its output is gone; this one has none. */
	start(1, 1, "echo one; echo done >&2; exec tail -f /dev/null >/dev/null", &writer);
	err = stream_of(1, 1);
	rig_reads(err, "done\n");
	fd_close(err);
	close_wire(true, false);
	start(2, 1, "read x; echo \"got $x\"; read x; echo \"got $x\"", &reader);
	out = stream_of(2, 0);
	rig_reads(out, "got one\n");
	kill_one(1, 1);
	rig_spawn_as(&rig, 1, 2, "echo two", &writer);
	rig_reads(out, "got two\n");
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_wire_of_which_both_ends_are_gone_is_made_anew)
{
	int out;

	rig_spawn_as(&rig, 1, 1, "echo old", &writer);
	(void)hear_proc(LINK_EXITED, 1, 1);
	close_wire(true, true);
	start(2, 1, "read x; echo \"got $x\"", &reader);
	rig_spawn_as(&rig, 1, 2, "echo new", &writer);
	out = stream_of(2, 0);
	rig_reads(out, "got new\n");
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(wires_survive_manager_and_logger)
{
	int out;

	start(1, 1, "echo one; exec tail -f /dev/null", &writer);
	start(2, 1, "exec tail -f /dev/null", &reader);
	rig_replace(&rig, manager);
	(void)rig_hear(&rig, manager, LINK_BEGIN);
	rig_replace(&rig, logger);
	(void)rig_hear(&rig, logger, LINK_BEGIN);
	kill_one(2, 1);
	start(2, 2, "read x; echo \"got $x\"", &reader);
	rig_replace(&rig, logger);
	out = stream_of(2, 0);
	rig_reads(out, "got one\n");
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_writer_that_is_forgotten_takes_the_wire_with_it)
{
	int out;

	start(2, 1, "cat; echo end", &reader);
	rig_spawn_as(&rig, 1, 1, "echo one", &writer);
	(void)hear_proc(LINK_EXITED, 1, 1);
	send_proc(LINK_FORGET, 1, 1);
	out = stream_of(2, 0);
	rig_reads(out, "one\nend\n");
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(what_a_program_made_of_its_end_is_not_left_to_the_next)
{
	int err;

	rig_spawn_as(&rig, 1, 1, "dd oflag=nonblock if=/dev/null status=none", &writer);
	(void)hear_proc(LINK_EXITED, 1, 1);
	rig_spawn_as(&rig, 1, 2,
		     "flags=$(sed -n 's/^flags:.//p' /proc/$$/fdinfo/1);"
		     "echo $((flags & 04000)) >&2",
		     &writer);
	(void)hear_proc(LINK_EXITED, 1, 2);
	err = stream_of(1, 1);
	rig_reads(err, "0\n");
	fd_close(err);
	rig_finish(&rig);
}
END_TEST

START_TEST(two_users_may_open_their_ends_again)
{
	const struct link_spawn nobody = { .umask = -1, .stdin_wire = 1, .user = "nobody" };
	const struct link_spawn daemon = { .umask = -1, .stdout_wire = true, .user = "daemon" };
	int out;

	SKIP_UNLESS_ROOT();
	start(2, 1, "head -n 1 /dev/stdin", &nobody);
	rig_spawn_as(&rig, 1, 1, "echo one >/dev/stdout", &daemon);
	out = stream_of(2, 0);
	rig_reads(out, "one\n");
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

/* --- chains that run once ---------------------------------------------------------------- */

START_TEST(a_chain_that_runs_once_ends_by_itself)
{
	static const struct link_spawn both = {
		.umask = -1, .stdin_wire = 1, .stdout_wire = true, .wire_once = true
	};
	static const struct link_spawn last = { .umask = -1,
						.stdin_wire = 2,
						.wire_once = true };
	int out;

	rig_spawn_as(&rig, 1, 1, "echo b; echo a", &writer_once);
	rig_spawn_as(&rig, 2, 1, "sort", &both);
	rig_spawn_as(&rig, 3, 1, "cat; echo end", &last);
	out = stream_of(3, 0);
	rig_reads(out, "a\nb\nend\n");
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(rig_hear(&rig, manager, LINK_EXITED).m.proc.status, 0);
	fd_close(out);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_reader_of_a_chain_that_ends_first_is_the_end_of_its_writer)
{
	struct link_proc p;

	start(1, 1, "exec yes", &writer_once);
	rig_spawn_as(&rig, 2, 1, "read x", &reader_once);
	do
		p = rig_hear(&rig, manager, LINK_EXITED).m.proc;
	while (p.id != 1);
	ck_assert(WIFSIGNALED(p.status) && WTERMSIG(p.status) == SIGPIPE);
	rig_finish(&rig);
}
END_TEST

/* In turn: it is refused at once, and its child cannot become the program. */
static void fail_to_start(uint32_t id, struct link_spawn how, bool at_once)
{
	if (at_once)
		how.fds = 8;
	else
		how.directory = "/no/such/place";
	rig_spawn_as(&rig, id, 1, "true", &how);
	(void)hear_proc(LINK_SPAWN_FAILED, id, 1);
}

START_TEST(a_writer_that_could_not_start_is_the_end_for_its_reader)
{
	struct link_proc p;

	fail_to_start(1, writer_once, _i);
	rig_spawn_as(&rig, 2, 1, "cat; exit 5", &reader_once);
	p = hear_proc(LINK_EXITED, 2, 1);
	ck_assert_int_eq(WEXITSTATUS(p.status), 5);
	rig_finish(&rig);
}
END_TEST

START_TEST(a_reader_that_could_not_start_is_the_end_for_its_writer)
{
	struct link_proc p;

	fail_to_start(2, reader_once, _i);
	rig_spawn_as(&rig, 1, 1, "exec yes", &writer_once);
	p = hear_proc(LINK_EXITED, 1, 1);
	ck_assert(WIFSIGNALED(p.status) && WTERMSIG(p.status) == SIGPIPE);
	rig_finish(&rig);
}
END_TEST

/* --- bounds ------------------------------------------------------------------------------ */

static void setup_small(void)
{
	const struct rlimit few = { 120, 120 };

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	setup();
}

START_TEST(wires_count_among_the_descriptors_that_there_are)
{
	struct link_proc p = { 0 };
	uint32_t n = 0;

	while (!p.error) {
		struct heard h;

		rig_spawn_as(&rig, ++n, 1, "exec tail -f /dev/null", &writer);
		do
			h = rig_hear_any(&rig, manager);
		while (h.m.type != LINK_SPAWN_FAILED && h.m.type != LINK_EXEC_OK);
		p = h.m.proc;
	}
	ck_assert_int_eq(p.error, EMFILE);
	ck_assert_uint_ge(n, (120 - 70) / 5);
	ck_assert_uint_le(n, (120 - 64) / 5 + 1);
	rig_replace(&rig, manager);
	(void)rig_hear(&rig, manager, LINK_BEGIN);
	rig_finish(&rig);
}
END_TEST

static void add_wires(TCase *tc)
{
	tcase_add_loop_test(tc, what_one_writes_the_other_reads_whoever_starts_first, 0, 2);
	tcase_add_test(tc, what_is_in_a_wire_waits_for_the_next_reader);
	tcase_add_test(tc, a_reader_has_its_end_when_the_writer_will_not_come_back);
	tcase_add_test(tc, a_writer_has_sigpipe_when_the_reader_will_not_come_back);
	tcase_add_test(tc, an_end_that_was_closed_comes_back_with_all_that_is_in_the_wire);
	tcase_add_test(tc, a_wire_of_which_both_ends_are_gone_is_made_anew);
	tcase_add_test(tc, wires_survive_manager_and_logger);
	tcase_add_test(tc, a_writer_that_is_forgotten_takes_the_wire_with_it);
	tcase_add_test(tc, what_a_program_made_of_its_end_is_not_left_to_the_next);
	tcase_add_test(tc, two_users_may_open_their_ends_again);
}

static Suite *suite(void)
{
	Suite *s = suite_create("keeper_wires");
	TCase *tc = harness_case(s, "wires");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	add_wires(tc);
	tc = harness_case(s, "chains");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_chain_that_runs_once_ends_by_itself);
	tcase_add_test(tc, a_reader_of_a_chain_that_ends_first_is_the_end_of_its_writer);
	tcase_add_loop_test(tc, a_writer_that_could_not_start_is_the_end_for_its_reader, 0, 2);
	tcase_add_loop_test(tc, a_reader_that_could_not_start_is_the_end_for_its_writer, 0, 2);
	tc = harness_case(s, "bounds");
	tcase_add_checked_fixture(tc, setup_small, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, wires_count_among_the_descriptors_that_there_are);
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
