/* SPDX-License-Identifier: MIT */
/* daemon/logger: arena.c, exact.c, recover.c: what outlives a logger. A death is played: what
 * the dead one noted is left as it was at some moment, and another arena looks at it. */
#include "tests/unit/logger_parts.h"

#include <errno.h>
#include <sys/mman.h>

#include "daemon/logger/exact.h"
#include "daemon/logger/recover.h"

static struct streams *streams;
static int writer = -1, reader = -1;

static void setup(void)
{
	int p[2];

	parts_make();
	ck_assert_int_eq(streams_new(loop, targets, NULL, &streams), 0);
	ck_assert_int_eq(pipe2(p, O_CLOEXEC | O_NONBLOCK), 0);
	reader = p[0];
	writer = p[1];
}

static void teardown(void)
{
	writer = fd_close(writer);
	reader = fd_close(reader);
	streams = streams_free(streams, now);
	parts_done();
}

static struct chunk *lend(const char *name)
{
	const struct logrule rule = rule_for(name, 0, 2);
	struct chunk *c = arena_lend(arena, &rule);

	ck_assert_ptr_nonnull(c);
	return c;
}

static void fill(struct chunk *c, const char *text)
{
	memcpy(chunk_data(c), text, strlen(text));
	c->len = (uint32_t)strlen(text);
}

static void print(const char *text)
{
	ck_assert_int_eq(write(writer, text, strlen(text)), (ssize_t)strlen(text));
}

/* The logger dies, and another one begins with what the keeper holds. */
static void die_and_begin(void)
{
	int fd = dup(arena_fd(arena));
	struct arena *old = arena;
	struct recovery r = RECOVERY_INIT;

	ck_assert_int_eq(arena_new(&fd, &arena), 0);
	targets_use(targets, arena, now);
	ck_assert_uint_eq(recovery_begin(&r, arena, targets, streams, now), 0);
	settle();
	recovery_end(&r, now);
	settle();
	arena_free(old);
}

START_TEST(what_was_read_and_not_written_is_written_by_the_next)
{
	fill(lend("x.log"), "one ");
	fill(lend("x.log"), "two ");
	fill(lend("y.log"), "three");
	die_and_begin();
	ck_assert_str_eq(content("x.log"), "one two ");
	ck_assert_str_eq(content("y.log"), "three");
	die_and_begin(); /* nothing is left */
	ck_assert_str_eq(content("x.log"), "one two ");
}
END_TEST

/* Dead before, or after the call that reads, and before it was noted what came. */
START_TEST(a_read_that_was_under_way_counts_as_far_as_it_went)
{
	struct chunk *c = lend("x.log");
	struct read_intent in;

	fill(c, "before ");
	print("now");
	in = (struct read_intent){ .n = chunk_room(c) < 99 ? 0 : 99, .at = c->len };
	if (_i) {
		ck_assert_int_eq(exact_read(arena, c, reader, 99), 3);
		c->len = in.at;
	} else {
		ck_assert_int_eq(lseek(arena_fd(arena),
				       arena_offset(arena, chunk_data(c) + c->len), SEEK_SET),
				 arena_offset(arena, chunk_data(c) + c->len));
	}
	c->in = in;
	die_and_begin();
	ck_assert_str_eq(content("x.log"), _i ? "before now" : "before ");
}
END_TEST

/* The same of very much at once. */
START_TEST(a_large_read_counts_if_its_sentinel_is_gone)
{
	static char much[EXACT_MUCH + 1];
	struct chunk *c = lend("x.log");
	struct read_intent in;

	memset(much, 'm', EXACT_MUCH);
	print(much);
	ck_assert_int_eq(exact_read_much(c, reader, 1 << 16), EXACT_MUCH);
	in = c->in;
	in.n = EXACT_MUCH;
	c->len = 0;
	if (_i == 0) /* dead before it */
		memcpy(chunk_data(c) + EXACT_MUCH - SENTINEL_BYTES, in.sentinel,
		       SENTINEL_BYTES);
	c->in = in;
	die_and_begin();
	ck_assert_str_eq(content("x.log"), _i ? much : "");
}
END_TEST

START_TEST(less_is_left_for_the_other_way)
{
	struct chunk *c = lend("x.log");

	print("little");
	ck_assert_int_eq(exact_read_much(c, reader, 1 << 16), EXACT_NOTHING);
	ck_assert_int_eq(exact_read(arena, c, reader, 1 << 16), 6);
	arena_back(arena, c);
}
END_TEST

/* Of the bytes, so many are in the file already. */
START_TEST(a_write_that_was_under_way_goes_on_where_it_was)
{
	static const char *const there[] = { "old ", "old n", "old new" };
	struct chunk *c = lend("x.log");
	struct stat st;

	make_file("x.log", there[_i]);
	ck_assert_int_eq(stat(in_dir("x.log"), &st), 0);
	fill(c, "new");
	c->out = (struct write_intent){ 3, 0, st.st_dev, st.st_ino, 4 };
	die_and_begin();
	ck_assert_str_eq(content("x.log"), "old new");
}
END_TEST

START_TEST(a_file_that_was_moved_meanwhile_is_found_by_its_number)
{
	struct chunk *c = lend("x.log");
	struct stat st;

	make_file("x.log.1", "old ne");
	ck_assert_int_eq(stat(in_dir("x.log.1"), &st), 0);
	fill(c, "new");
	c->out = (struct write_intent){ 3, 0, st.st_dev, st.st_ino, 4 };
	die_and_begin();
	ck_assert_str_eq(content("x.log.1"), "old ne");
	ck_assert_str_eq(content("x.log"), "w");
}
END_TEST

START_TEST(bytes_of_others_are_not_taken_for_ours)
{
	struct chunk *c = lend("x.log");
	struct stat st;

	make_file("x.log", "old others");
	ck_assert_int_eq(stat(in_dir("x.log"), &st), 0);
	fill(c, "new");
	c->out = (struct write_intent){ 3, 0, st.st_dev, st.st_ino, 4 };
	die_and_begin();
	ck_assert_str_eq(content("x.log"), "old othersnew");
}
END_TEST

START_TEST(what_is_to_change_together_does)
{
	struct chunk *a = lend("a.log"), *b = lend("b.log");

	fill(a, "12345");
	fill(b, "123");
	arena_note(arena, &a->len, 2);
	arena_note(arena, &b->len, 1);
	ck_assert_uint_eq(a->len, 5); /* dead here: nothing of it is true */
	arena_carry_out(arena);
	ck_assert_uint_eq(a->len, 2);
	ck_assert_uint_eq(b->len, 1);
	die_and_begin();
	ck_assert_str_eq(content("a.log"), "12");
	ck_assert_str_eq(content("b.log"), "1");
}
END_TEST

START_TEST(an_inbox_is_kept_for_its_stream)
{
	const struct logrule to = rule_for("x.log", 0, 0);
	struct stream_rule rule = plainly(&to);
	struct chunk *c = arena_lend_inbox(arena, 7, 0);

	fill(c, "done, half a li");
	c->done = 6;
	die_and_begin();
	rule.format = STREAM_TIMESTAMP;
	rule.prefix = ">";
	print("ne\n");
	ck_assert_int_eq(streams_describe(streams, 7, 0, &rule, now), 0);
	ck_assert_int_eq(streams_pipe(streams, 7, 0, dup(reader), now), 0);
	streams_forget(streams, 7, now);
	settle();
	ck_assert_ptr_nonnull(strstr(content("x.log"), "Z > half a line\n"));
}
END_TEST

START_TEST(what_is_no_arena_is_not_taken_for_one)
{
	struct arena *other;
	int fd = memfd_create("other", MFD_CLOEXEC);

	ck_assert_int_eq(arena_new(&fd, &other), -EBADMSG);
	close(fd);
}
END_TEST

START_TEST(single_bytes_are_read_exactly_and_an_end_is_seen)
{
	struct chunk *c = lend("x.log");

	ck_assert_int_eq(exact_read(arena, c, reader, 10), EXACT_NOTHING);
	print("a");
	ck_assert_int_eq(exact_read(arena, c, reader, 10), 1);
	print("bcd");
	ck_assert_int_eq(exact_read(arena, c, reader, 2), 2);
	ck_assert_int_eq(exact_read(arena, c, reader, 10), 1);
	ck_assert_mem_eq(chunk_data(c), "abcd", 4);
	writer = fd_close(writer);
	ck_assert_int_eq(exact_read(arena, c, reader, 10), EXACT_END);
	arena_back(arena, c);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("exact");
	TCase *tc = harness_case(s, "exact");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_was_read_and_not_written_is_written_by_the_next);
	tcase_add_loop_test(tc, a_read_that_was_under_way_counts_as_far_as_it_went, 0, 2);
	tcase_add_loop_test(tc, a_large_read_counts_if_its_sentinel_is_gone, 0, 2);
	tcase_add_test(tc, less_is_left_for_the_other_way);
	tcase_add_loop_test(tc, a_write_that_was_under_way_goes_on_where_it_was, 0, 3);
	tcase_add_test(tc, a_file_that_was_moved_meanwhile_is_found_by_its_number);
	tcase_add_test(tc, bytes_of_others_are_not_taken_for_ours);
	tcase_add_test(tc, what_is_to_change_together_does);
	tcase_add_test(tc, an_inbox_is_kept_for_its_stream);
	tcase_add_test(tc, what_is_no_arena_is_not_taken_for_one);
	tcase_add_test(tc, single_bytes_are_read_exactly_and_an_end_is_seen);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
