/* SPDX-License-Identifier: MIT */
/* daemon/logger: the whole program, between a keeper and a manager: how it lives and ends. */
#include "tests/unit/logger_program.h"

#include <poll.h>

START_TEST(output_reaches_its_log_before_the_logger_ends)
{
	struct program p = program_with(1, "x.log");

	print(&p, "hello\n");
	finish();
	ck_assert_str_eq(content("x.log"), "hello\n");
	program_free(&p);
}
END_TEST

START_TEST(it_ends_when_the_keeper_is_gone_and_loses_nothing)
{
	struct program p = program_with(1, "x.log");

	print(&p, "hello\n");
	ck_assert_str_eq(tail(1, 3), "lo\n");
	print(&p, "more\n");
	keeper = channel_free(keeper);
	ck_assert_int_eq(logger_ended(), 0);
	ck_assert_str_eq(content("x.log"), "hello\nmore\n");
	program_free(&p);
}
END_TEST

START_TEST(a_manager_that_does_not_end_is_not_waited_for)
{
	struct program p = program_with(1, "x.log");

	print(&p, "hello\n");
	tell(keeper, &(struct link_msg){ .type = LINK_FINISH }, -1);
	ck_assert_int_eq(logger_ended(), 0);
	ck_assert_str_eq(content("x.log"), "hello\n");
	program_free(&p);
}
END_TEST

START_TEST(signals_to_the_group_do_not_end_it)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR2, SIGPIPE };

	ping();
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		ck_assert_int_eq(kill(logger, signals[i]), 0);
	ping();
}
END_TEST

START_TEST(killed_it_hurts_no_program_and_the_next_one_reads_on)
{
	struct program p = program_with(1, "x.log");

	print(&p, "one ");
	(void)tail(1, 0);
	ck_assert_int_eq(kill(logger, SIGKILL), 0);
	ck_assert(WIFSIGNALED(logger_ended()));
	print(&p, "two "); /* no SIGPIPE: the keeper holds the pipe */
	logger_start();
	give_pipe(&p);
	describe(&p, "x.log", 0, 0);
	print(&p, "three");
	ck_assert_str_eq(tail(1, UINT64_MAX), "one two three");
	program_free(&p);
}
END_TEST

START_TEST(managers_come_and_go)
{
	struct program p = program_with(1, "x.log");
	int m[2];

	print(&p, "one ");
	(void)tail(1, 0);
	manager = channel_free(manager);
	print(&p, "two ");
	ping();
	ck_assert_int_eq(channel_pair(m), 0);
	tell(keeper, &(struct link_msg){ .type = LINK_PEER }, m[1]);
	close(m[1]);
	ck_assert_int_eq(channel_new(loop, m[0], on_message, NULL, &manager), 0);
	describe(&p, "x.log", 0, 0);
	print(&p, "three");
	ck_assert_str_eq(tail(1, UINT64_MAX), "one two three");
	program_free(&p);
}
END_TEST

START_TEST(nonsense_from_the_manager_is_survived)
{
	tell(manager, &(struct link_msg){ .type = LINK_TAIL, .tail = { .id = 9 } }, -1);
	tell(manager, &(struct link_msg){ .type = LINK_FINISH }, -1); /* not his to say */
	tell(manager, &(struct link_msg){ .type = LINK_SPAWN, .spawn = { .name = "x" } }, -1);
	tell(manager, &(struct link_msg){ .type = LINK_REOPEN }, -1);
	tell(keeper, &(struct link_msg){ .type = LINK_PIPE }, -1);
	while (tailed <= 0)
		loop_turn(loop);
	ping();
}
END_TEST

START_TEST(another_version_is_refused)
{
	tell(keeper,
	     &(struct link_msg){ .type = LINK_HELLO,
				 .hello = { .version = 99, .logfile = "" } },
	     -1);
	ck_assert_int_eq(WEXITSTATUS(logger_ended()), 1);
}
END_TEST

START_TEST(a_hung_log_stalls_its_own_program_only)
{
	struct program stuck, fine;
	static char big[256 * 1024];
	struct pollfd p;
	int reader;

	ck_assert_int_eq(mkfifo(in_dir("fifo"), 0600), 0);
	reader = open(in_dir("fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	stuck = program_with(1, "fifo");
	fine = program_with(2, "x.log");
	fcntl(stuck.writer, F_SETFL, O_NONBLOCK);
	p = (struct pollfd){ .fd = stuck.writer, .events = POLLOUT };
	while (poll(&p, 1, 0) == 1 && write(stuck.writer, big, sizeof big) > 0)
		ping();

	print(&fine, "unharmed");
	ck_assert_str_eq(tail(2, 99), "unharmed");
	close(reader); /* now it is lost, and counted */
	finish();
	program_free(&stuck);
	program_free(&fine);
}
END_TEST

START_TEST(hundreds_of_programs_are_served)
{
	enum { N = 700 };
	static struct program p[N];
	char name[32], text[32];

	tell(keeper,
	     &(struct link_msg){
		     .type = LINK_HELLO,
		     .hello = { .version = LINK_VERSION, .nofile = 4096, .logfile = "" } },
	     -1);
	for (uint32_t i = 0; i < N; i++) {
		(void)snprintf(name, sizeof name, "%u.log", i);
		p[i] = program_with(i, name);
		(void)snprintf(text, sizeof text, "%u", i);
		print(&p[i], text);
		p[i].writer = fd_close(p[i].writer);
		p[i].reader = fd_close(p[i].reader);
	}
	finish();
	for (uint32_t i = 0; i < N; i++) {
		(void)snprintf(name, sizeof name, "%u.log", i);
		(void)snprintf(text, sizeof text, "%u", i);
		ck_assert_str_eq(content(name), text);
	}
}
END_TEST

START_TEST(started_by_hand_it_says_who_should_start_it)
{
	const pid_t child = fork();
	int status;

	if (child == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		(void)dup2(null, STDERR_FILENO);
		(void)close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
		become_logger(-1, -1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WEXITSTATUS(status), 2);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("logger");
	TCase *tc = harness_case(s, "logger");

	tcase_add_checked_fixture(tc, rig_make, rig_done);
	tcase_add_test(tc, output_reaches_its_log_before_the_logger_ends);
	tcase_add_test(tc, it_ends_when_the_keeper_is_gone_and_loses_nothing);
	tcase_add_test(tc, a_manager_that_does_not_end_is_not_waited_for);
	tcase_add_test(tc, signals_to_the_group_do_not_end_it);
	tcase_add_test(tc, killed_it_hurts_no_program_and_the_next_one_reads_on);
	tcase_add_test(tc, managers_come_and_go);
	tcase_add_test(tc, nonsense_from_the_manager_is_survived);
	tcase_add_test(tc, another_version_is_refused);
	tcase_add_test(tc, a_hung_log_stalls_its_own_program_only);
	tcase_add_test(tc, hundreds_of_programs_are_served);
	tcase_add_test(tc, started_by_hand_it_says_who_should_start_it);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
