/* SPDX-License-Identifier: MIT */
/* daemon/logger: tail.c and reader.c: logs shown to those who ask. Long, for a tail may come
 * before, with, or after everything else. */
#include "tests/unit/logger_parts.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "daemon/logger/removal.h"
#include "daemon/logger/stream.h"
#include "daemon/logger/tail.h"

enum { OUT, ID = 7, UNANSWERED = -1 };

static struct streams *streams;
static struct tails *tails;
static int program = -1; /* write end of its pipe */
static int answers[8], n_answers; /* by token */
static struct logrule rule;

static void on_answer(void *owner, uint32_t token, int error)
{
	(void)owner;
	ck_assert_int_eq(answers[token], UNANSWERED);
	answers[token] = error;
	n_answers++;
}

static void setup(void)
{
	int p[2];

	parts_make();
	n_answers = 0;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		answers[i] = UNANSWERED;
	ck_assert_int_eq(streams_new(loop, targets, NULL, &streams), 0);
	ck_assert_int_eq(tails_new(loop, streams, targets, on_answer, NULL, &tails), 0);
	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	program = p[1];
	rule = rule_for("x.log", 0, 0);
	ck_assert_int_eq(streams_describe(streams, ID, OUT,
					  &(struct stream_rule){ .to = &rule, .n_to = 1 }, now),
			 0);
	ck_assert_int_eq(streams_pipe(streams, ID, OUT, p[0], now), 0);
}

static void teardown(void)
{
	settle();
	tails = tails_free(tails, now);
	streams = streams_free(streams, now);
	program = fd_close(program);
	parts_done();
}

static void print(const char *text)
{
	ck_assert_int_eq(write(program, text, strlen(text)), (ssize_t)strlen(text));
}

static void turn(void)
{
	loop_turn(loop);
	tails_check(tails, loop_now(loop));
}

/* Ask with an end of a pipe, or of a socket; returns the other end. */
static int ask_with(const int ends[2], uint32_t token, uint64_t bytes, bool follow)
{
	const struct tail_request q = { token, ID, OUT, bytes, follow, NULL, false };

	tails_add(tails, &q, ends[1], now);
	return ends[0];
}

static int ask(uint32_t token, uint64_t bytes, bool follow)
{
	int p[2];

	ck_assert_int_eq(pipe2(p, O_CLOEXEC | O_NONBLOCK), 0);
	return ask_with(p, token, bytes, follow);
}

/* What has come through @fd when there are @len bytes, or all of it at the end of file. */
static const char *shown(int fd, size_t len)
{
	static char text[1024 * 1024];
	size_t at = 0;
	ssize_t n;

	while (at < len) {
		n = read(fd, text + at,
			 len - at < sizeof text - at ? len - at : sizeof text - 1 - at);
		if (n == 0)
			break;
		if (n > 0)
			at += (size_t)n;
		else
			turn();
	}
	text[at] = '\0';
	return text;
}

static const char *shown_to_end(int fd)
{
	const char *text = shown(fd, SIZE_MAX);

	close(fd);
	return text;
}

START_TEST(the_last_bytes_are_shown)
{
	print("one two three");
	ck_assert_str_eq(shown_to_end(ask(0, 5, false)), "three");
	ck_assert_int_eq(answers[0], 0);
	ck_assert_str_eq(shown_to_end(ask(1, UINT64_MAX, false)), "one two three");
	ck_assert_str_eq(shown_to_end(ask(2, 0, false)), "");
	ck_assert_uint_eq(tails_count(tails), 0);
}
END_TEST

START_TEST(what_is_still_in_the_pipe_is_part_of_it)
{
	static char big[60001];

	memset(big, 'x', sizeof big - 1);
	print(big);
	program = fd_close(program);
	ck_assert_uint_eq(strlen(shown_to_end(ask(0, UINT64_MAX, false))), sizeof big - 1);
}
END_TEST

START_TEST(a_silent_program_has_an_empty_log)
{
	ck_assert_str_eq(shown_to_end(ask(0, 100, false)), "");
	ck_assert_int_eq(answers[0], 0);
}
END_TEST

/* Ask for the log at "@name" of a process that is no more. */
static int ask_at(const char *name, uint32_t token, uint64_t bytes, bool follow)
{
	char path[128];
	const struct tail_request q = { token, ID + 1, OUT, bytes, follow, path, false };
	int p[2];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_assert_int_eq(pipe2(p, O_CLOEXEC | O_NONBLOCK), 0);
	tails_add(tails, &q, p[1], now);
	return p[0];
}

START_TEST(a_pipe_that_is_on_its_way_is_waited_for)
{
	struct tail_request q = { 0, ID + 2, OUT, 100, false, NULL, true };
	int shown_by[2], p[2];

	rule = rule_for("z.log", 0, 0);
	ck_assert_int_eq(streams_describe(streams, ID + 2, OUT,
					  &(struct stream_rule){ .to = &rule, .n_to = 1 }, now),
			 0);
	ck_assert_int_eq(pipe2(shown_by, O_CLOEXEC | O_NONBLOCK), 0);
	tails_add(tails, &q, shown_by[1], now);
	ck_assert_int_eq(tails_due(tails).ms, now.ms + TAIL_PIPE_MS);
	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	ck_assert_int_eq(dprintf(p[1], "at last\n"), 8);
	close(p[1]);
	ck_assert_int_eq(streams_pipe(streams, ID + 2, OUT, p[0], now), 0);
	ck_assert_str_eq(shown_to_end(shown_by[0]), "at last\n");
	ck_assert(mono_is_never(tails_due(tails)));

	q.token = 1;
	q.id = ID + 3;
	ck_assert_int_eq(streams_describe(streams, ID + 3, OUT,
					  &(struct stream_rule){ .to = &rule, .n_to = 1 }, now),
			 0);
	ck_assert_int_eq(pipe2(shown_by, O_CLOEXEC | O_NONBLOCK), 0);
	tails_add(tails, &q, shown_by[1], now);
	tails_check(tails, mono_add(now, TAIL_PIPE_MS)); /* it does not come */
	ck_assert_str_eq(shown_to_end(shown_by[0]), "at last\n");
}
END_TEST

START_TEST(the_log_of_who_is_gone_is_shown_by_its_path)
{
	print("of x\n");
	ck_assert_str_eq(shown_to_end(ask(0, 100, false)), "of x\n");
	ck_assert_str_eq(shown_to_end(ask_at("x.log", 1, 3, false)), " x\n");
	ck_assert_int_eq(answers[1], 0);
	streams_forget(streams, ID, now);
	ck_assert_str_eq(shown_to_end(ask_at("x.log", 2, 100, false)), "of x\n");
	ck_assert_int_eq(answers[2], 0);
	ck_assert_str_eq(shown_to_end(ask_at("x.log", 3, 2, true)), "x\n");
	ck_assert_str_eq(shown_to_end(ask_at("d/x.log", 4, 2, false)), "");
	ck_assert_int_eq(answers[4], ENOENT);
}
END_TEST

static bool is_there(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static void put_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	close(creat(path, 0600));
}

START_TEST(a_log_is_removed_when_nobody_writes_to_it_any_more)
{
	struct removals *rs;
	char path[128];

	snprintf(path, sizeof path, "%s/x.log", dir);
	ck_assert_int_eq(removals_new(pool, targets, &rs), 0);
	put_file("x.log.1");
	put_file("x.log.2");
	put_file("x.log.4");
	print("of x\n");
	ck_assert_str_eq(shown_to_end(ask(0, 100, false)), "of x\n");
	removals_add(rs, path, now);
	settle();
	ck_assert(is_there("x.log"));
	streams_forget(streams, ID, now);
	while (targets_has(targets, path))
		turn();
	removals_check(rs, now);
	settle();
	ck_assert(!is_there("x.log") && !is_there("x.log.1") && !is_there("x.log.2"));
	ck_assert(is_there("x.log.4"));
	removals_free(rs);
}
END_TEST

START_TEST(no_log_no_process_no_file_are_told_apart_from_success)
{
	int p[2];

	ck_assert_int_eq(streams_describe(streams, ID, OUT, NULL, now), 0);
	ck_assert_str_eq(shown_to_end(ask(0, 9, false)), "");
	ck_assert_int_eq(answers[0], ENOENT);

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	tails_add(tails, &(struct tail_request){ 1, ID + 1, OUT, 9, false, NULL, false }, p[1],
		  now);
	close(p[0]);
	ck_assert_int_eq(answers[1], ENOENT);

	rule = rule_for("d/x.log", 0, 0); /* there is no such directory */
	ck_assert_int_eq(streams_describe(streams, ID, OUT,
					  &(struct stream_rule){ .to = &rule, .n_to = 1 }, now),
			 0);
	ck_assert_str_eq(shown_to_end(ask(2, 9, false)), "");
	ck_assert_int_eq(answers[2], ENOENT);

	rule = (struct logrule){ .path = "/dev/null" };
	ck_assert_int_eq(streams_describe(streams, ID, OUT,
					  &(struct stream_rule){ .to = &rule, .n_to = 1 }, now),
			 0);
	ck_assert_str_eq(shown_to_end(ask(3, 9, false)), "");
	ck_assert_int_eq(answers[3], ESPIPE);
}
END_TEST

START_TEST(a_follower_sees_what_comes)
{
	int fd;

	print("before ");
	fd = ask(0, 4, true);
	ck_assert_str_eq(shown(fd, 4), "ore ");
	ck_assert_int_eq(answers[0], 0);
	print("after ");
	ck_assert_str_eq(shown(fd, 6), "after ");
	print("more");
	ck_assert_str_eq(shown(fd, 4), "more");
	close(fd);
	while (tails_count(tails))
		turn();
}
END_TEST

static void follow_over_rotations(int backups)
{
	static char all[64 * 1024];
	char line[32];
	size_t len = 0, seen = 0;
	int fd;

	rule = rule_for("x.log", 1000, backups);
	ck_assert_int_eq(streams_describe(streams, ID, OUT,
					  &(struct stream_rule){ .to = &rule, .n_to = 1 }, now),
			 0);
	fd = ask(0, 0, true);
	for (int i = 0; len + sizeof line < sizeof all; i++) {
		(void)snprintf(line, sizeof line, "line %d\n", i);
		memcpy(all + len, line, strlen(line));
		len += strlen(line);
		print(line);
		if (i % 10 == 0) {
			const char *now_shown = shown(fd, len - seen);

			ck_assert_int_eq(memcmp(now_shown, all + seen, len - seen), 0);
			seen = len;
		}
	}
	ck_assert(backups == 0 || exists("x.log.1"));
	close(fd);
	while (tails_count(tails))
		turn();
}

START_TEST(a_follower_misses_nothing_over_rotations)
{
	follow_over_rotations(3);
}
END_TEST

START_TEST(nor_where_the_log_starts_over)
{
	follow_over_rotations(0);
}
END_TEST

START_TEST(a_slow_follower_loses_nothing_and_holds_up_nobody)
{
	enum { PIECE = 30000, TIMES = 20 };
	static char piece[PIECE + 1];
	int fd = ask(0, 0, true);

	memset(piece, 'x', PIECE);
	for (int i = 0; i < TIMES; i++) {
		print(piece); /* the follower's pipe has long been full */
		do {
			turn();
		} while (strlen(content("x.log")) < (size_t)(i + 1) * PIECE);
	}
	ck_assert_uint_eq(strlen(shown(fd, PIECE * TIMES)), PIECE * TIMES);
	close(fd);
	while (tails_count(tails))
		turn();
}
END_TEST

START_TEST(following_ends_with_the_program)
{
	int fd = ask(0, 0, true);

	print("last words");
	streams_forget(streams, ID, now);
	ck_assert_str_eq(shown_to_end(fd), "last words");
	ck_assert_int_eq(answers[0], 0);
	ck_assert_uint_eq(targets_count(targets), 0);
}
END_TEST

START_TEST(a_slow_reader_gets_all_of_a_log_whose_program_is_gone)
{
	enum { SIZE = 300000 };
	static char big[30001];
	int fd;

	memset(big, 'x', sizeof big - 1);
	for (int i = 0; i < SIZE / 30000; i++) {
		print(big);
		while (strlen(content("x.log")) < (size_t)(i + 1) * 30000)
			turn();
	}
	fd = ask(0, UINT64_MAX, true);
	streams_forget(streams, ID, now);
	settle();
	ck_assert_uint_eq(strlen(shown_to_end(fd)), SIZE);
}
END_TEST

START_TEST(who_closes_is_done)
{
	int fd = ask(0, 0, true);

	while (answers[0] == UNANSWERED)
		turn();
	settle();
	close(fd);
	while (tails_count(tails))
		turn();
	print("nobody listens");
	ck_assert_int_eq(n_answers, 1);
}
END_TEST

START_TEST(a_socket_will_do)
{
	int s[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s), 0);
	fcntl(s[0], F_SETFL, O_NONBLOCK);
	print("hello");
	ck_assert_str_eq(shown(ask_with(s, 0, 9, true), 5), "hello");
	/* Ours was not made non-blocking on the way. */
	ck_assert_int_eq(write(s[0], "!", 1), 1); /* who talks back is done */
	while (tails_count(tails))
		turn();
	close(s[0]);
}
END_TEST

START_TEST(a_file_or_the_wrong_end_will_not)
{
	int p[2];

	p[0] = -1;
	p[1] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	(void)ask_with(p, 0, 9, false);
	ck_assert_int_eq(answers[0], EINVAL);

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	tails_add(tails, &(struct tail_request){ 1, ID, OUT, 9, false, NULL, false }, p[0],
		  now);
	close(p[1]);
	ck_assert_int_eq(answers[1], EINVAL);

	tails_add(tails, &(struct tail_request){ 2, ID, OUT, 9, false, NULL, false }, -1, now);
	ck_assert_int_ne(answers[2], 0);
}
END_TEST

START_TEST(a_shared_descriptor_stays_blocking)
{
	int p[2], other;

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	other = dup(p[1]);
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	print("x");
	ck_assert_str_eq(shown(ask_with(p, 0, 1, false), 1), "x");
	ck_assert_int_eq(fcntl(other, F_GETFL) & O_NONBLOCK, 0);
	close(other);
	close(p[0]);
}
END_TEST

START_TEST(there_is_an_upper_limit)
{
	int fds[TAILS_MAX], last[2];

	for (int i = 0; i < TAILS_MAX; i++) {
		ck_assert_int_eq(pipe2(last, O_CLOEXEC), 0);
		fds[i] = last[0];
		answers[0] = UNANSWERED;
		(void)ask_with(last, 0, 0, true);
		settle();
	}
	ck_assert_int_eq(pipe2(last, O_CLOEXEC), 0);
	close(ask_with(last, 1, 0, true));
	ck_assert_int_eq(answers[1], EUSERS);
	for (int i = 0; i < TAILS_MAX; i++)
		close(fds[i]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("tail");
	TCase *tc = harness_case(s, "tail");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_last_bytes_are_shown);
	tcase_add_test(tc, what_is_still_in_the_pipe_is_part_of_it);
	tcase_add_test(tc, a_silent_program_has_an_empty_log);
	tcase_add_test(tc, a_pipe_that_is_on_its_way_is_waited_for);
	tcase_add_test(tc, the_log_of_who_is_gone_is_shown_by_its_path);
	tcase_add_test(tc, a_log_is_removed_when_nobody_writes_to_it_any_more);
	tcase_add_test(tc, no_log_no_process_no_file_are_told_apart_from_success);
	tcase_add_test(tc, a_follower_sees_what_comes);
	tcase_add_test(tc, a_follower_misses_nothing_over_rotations);
	tcase_add_test(tc, nor_where_the_log_starts_over);
	tcase_add_test(tc, a_slow_follower_loses_nothing_and_holds_up_nobody);
	tcase_add_test(tc, following_ends_with_the_program);
	tcase_add_test(tc, a_slow_reader_gets_all_of_a_log_whose_program_is_gone);
	tcase_add_test(tc, who_closes_is_done);
	tcase_add_test(tc, a_socket_will_do);
	tcase_add_test(tc, a_file_or_the_wrong_end_will_not);
	tcase_add_test(tc, a_shared_descriptor_stays_blocking);
	tcase_add_test(tc, there_is_an_upper_limit);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
