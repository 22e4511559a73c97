/* SPDX-License-Identifier: MIT */
/* test_happening.c - events are numbered, kept as far as there is room, and read at one's own
 * pace. */
#include "daemon/manager/happening.h"
#include "harness.h"

enum { ROOM = 4, BYTES = 4096 };

static struct happenings *hs;
static uint64_t cursor, lost;

static void setup(void)
{
	ck_assert_int_eq(happenings_new(ROOM, BYTES, 7, &hs), 0);
	cursor = 7;
	lost = 0;
}

static void teardown(void)
{
	hs = happenings_free(hs);
}

static void add(const char *process)
{
	happenings_add(hs, &(struct happening){ .type = HAPPENED_RUNNING,
						.process = process,
						.group = "g",
						.pid = 12 });
}

static void add_some(const char *names)
{
	for (; *names; names++)
		add((char[]){ *names, '\0' });
}

/* What a reader gets now: the first letters of the processes. */
static const char *read_all(char *ret)
{
	const struct happening *h;
	size_t n = 0;

	while ((h = happenings_next(hs, &cursor, &lost)))
		ret[n++] = h->process[0];
	ret[n] = '\0';
	return ret;
}

START_TEST(each_has_the_next_number)
{
	const struct happening *h;

	add_some("ab");
	h = happenings_next(hs, &cursor, &lost);
	ck_assert_uint_eq(h->serial, 7);
	ck_assert_str_eq(h->process, "a");
	ck_assert_str_eq(h->group, "g");
	ck_assert_str_eq(h->from_state, "");
	ck_assert_int_eq(h->pid, 12);
	ck_assert_uint_eq(happenings_next(hs, &cursor, &lost)->serial, 8);
	ck_assert_ptr_null(happenings_next(hs, &cursor, &lost));
	ck_assert_uint_eq(happenings_end(hs), 9);
	ck_assert_uint_eq(lost, 0);
}
END_TEST

START_TEST(who_reads_at_its_pace_misses_nothing)
{
	char got[8];

	add_some("abc");
	ck_assert_str_eq(read_all(got), "abc");
	add_some("de");
	ck_assert_str_eq(read_all(got), "de");
	ck_assert_str_eq(read_all(got), "");
	ck_assert_uint_eq(lost, 0);
}
END_TEST

START_TEST(who_is_too_slow_is_told_how_many_are_gone)
{
	char got[8];

	add_some("abcdefg");
	ck_assert_uint_eq(happenings_begin(hs), 10);
	ck_assert_str_eq(read_all(got), "defg");
	ck_assert_uint_eq(lost, 3);
	add_some("h");
	ck_assert_str_eq(read_all(got), "h");
	ck_assert_uint_eq(lost, 3);
}
END_TEST

START_TEST(what_an_earlier_ring_had_is_gone)
{
	char got[8];

	cursor = 3;
	ck_assert_str_eq(read_all(got), "");
	ck_assert_uint_eq(lost, 4);
	ck_assert_uint_eq(cursor, 7);
}
END_TEST

START_TEST(they_are_bounded_in_bytes_too)
{
	static char data[BYTES];
	struct happening h = {
		.type = HAPPENED_OUT, .process = "x", .data = data, .len = BYTES / 2
	};
	const struct happening *got;

	memset(data, 'd', sizeof data);
	add("a");
	happenings_add(hs, &h);
	happenings_add(hs, &h); /* both of them do not fit, nor does what came before */
	got = happenings_next(hs, &cursor, &lost);
	ck_assert_uint_eq(got->serial, 9);
	ck_assert_uint_eq(got->len, BYTES / 2);
	ck_assert_int_eq(memcmp(got->data, data, got->len), 0);
	ck_assert_uint_eq(lost, 2);
	h.len = BYTES;
	happenings_add(hs, &h); /* larger than all there is: nobody hears of it */
	ck_assert_ptr_null(happenings_next(hs, &cursor, &lost));
	ck_assert_uint_eq(lost, 3);
}
END_TEST

START_TEST(data_may_be_of_any_bytes)
{
	const struct happening *h;

	happenings_add(hs, &(struct happening){
				   .type = HAPPENED_SAID_ERR, .data = "a\0b\xff", .len = 4 });
	h = happenings_next(hs, &cursor, &lost);
	ck_assert_uint_eq(h->len, 4);
	ck_assert_int_eq(memcmp(h->data, "a\0b\xff", 5), 0);
}
END_TEST

START_TEST(types_are_in_classes)
{
	ck_assert_str_eq(happening_name(HAPPENED_EXITED), "PROCESS_STATE_EXITED");
	ck_assert(happening_is(HAPPENED_EXITED, "PROCESS_STATE_EXITED"));
	ck_assert(happening_is(HAPPENED_EXITED, "PROCESS_STATE"));
	ck_assert(happening_is(HAPPENED_EXITED, "EVENT"));
	ck_assert(!happening_is(HAPPENED_EXITED, "PROCESS_STATE_EXITE"));
	ck_assert(!happening_is(HAPPENED_EXITED, "PROCESS_LOG"));
	ck_assert(!happening_is(HAPPENED_EXITED, ""));
	for (int i = 0; i < HAPPENING_N; i++)
		ck_assert(happening_known(happening_name((enum happening_type)i)));
	ck_assert(!happening_known("TOCK"));
	ck_assert(happening_has_output(HAPPENED_OUT));
	ck_assert(happening_has_output(HAPPENED_SAID_ERR));
	ck_assert(!happening_has_output(HAPPENED_DROPPED));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("happening");
	TCase *tc = harness_case(s, "happening");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_has_the_next_number);
	tcase_add_test(tc, who_reads_at_its_pace_misses_nothing);
	tcase_add_test(tc, who_is_too_slow_is_told_how_many_are_gone);
	tcase_add_test(tc, what_an_earlier_ring_had_is_gone);
	tcase_add_test(tc, they_are_bounded_in_bytes_too);
	tcase_add_test(tc, data_may_be_of_any_bytes);
	tcase_add_test(tc, types_are_in_classes);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
