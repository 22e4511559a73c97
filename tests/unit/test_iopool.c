/* SPDX-License-Identifier: MIT */
/* daemon/logger: iopool.c, and what else the logger stands on: arena.c, table.c. */
#include "tests/unit/logger_parts.h"

#include <sched.h>

#include "daemon/logger/arena.h"
#include "daemon/logger/table.h"

/* A job that waits at a pipe, as one would at a disk. */
struct held {
	struct iojob job;
	int pipe[2];
	bool over;
};

static void hold(struct iojob *j)
{
	struct held *h = container_of(j, struct held, job);
	char c;

	(void)!read(h->pipe[0], &c, 1);
}

static void held_over(struct iojob *j, mono_t at)
{
	(void)at;
	container_of(j, struct held, job)->over = true;
}

static void submit(struct held *h, struct lane *l)
{
	*h = (struct held){ .job = { .work = hold, .done = held_over } };
	ck_assert_int_eq(pipe2(h->pipe, O_CLOEXEC), 0);
	iopool_submit(pool, l, &h->job, now);
}

static void release(struct held *h)
{
	close(h->pipe[1]);
	while (!h->over)
		loop_turn(loop);
	close(h->pipe[0]);
}

/* What the logger does at iopool_due(), until there are threads enough or no more come. */
static unsigned grow(unsigned enough)
{
	for (int i = 0; i < 10 && iopool_threads(pool) < enough; i++) {
		now = mono_add(now, POOL_STALL_MS);
		iopool_check(pool, now);
	}
	return iopool_threads(pool);
}

START_TEST(a_lane_that_hangs_leaves_the_others_alone)
{
	enum { N = LANE_THREADS + 3 };
	struct held stuck[N], other;
	struct lane *a, *b;

	ck_assert_int_eq(iopool_lane(pool, "/a", &a), 0);
	ck_assert_int_eq(iopool_lane(pool, "/b", &b), 0);
	for (int i = 0; i < N; i++)
		submit(&stuck[i], a);
	ck_assert_uint_eq(iopool_threads(pool), 1);
	ck_assert_uint_eq(grow(LANE_THREADS), LANE_THREADS);

	submit(&other, b);
	ck_assert_uint_eq(grow(LANE_THREADS + 1), LANE_THREADS + 1);
	release(&other);
	for (int i = 0; i < N; i++)
		release(&stuck[i]);
	lane_unref(a);
	lane_unref(b);
}
END_TEST

START_TEST(files_that_hang_leave_the_others_of_their_directory_alone)
{
	enum { N = 3 * LANE_THREADS };
	struct held stuck[N], other;
	struct lane *a;

	ck_assert_int_eq(iopool_lane(pool, "/a", &a), 0);
	for (int i = 0; i < N; i++)
		submit(&stuck[i], a);
	submit(&other, a);
	close(other.pipe[1]);
	while (!other.over) { /* threads come when they get to run */
		now = mono_add(now, POOL_STALL_MS);
		iopool_check(pool, now);
		(void)iopool_collect(pool, now);
		sched_yield();
	}
	close(other.pipe[0]);
	for (int i = 0; i < N; i++)
		release(&stuck[i]);
	lane_unref(a);
}
END_TEST

START_TEST(chunks_get_small_when_very_many_are_out)
{
	static struct chunk *out[CHUNK_BIG_MAX + 1];
	const struct logrule to = { .path = "/x.log" };

	for (size_t i = 0; i < ARRAY_SIZE(out); i++)
		out[i] = arena_lend(arena, &to);
	ck_assert_uint_eq(out[0]->cap, CHUNK_BIG);
	ck_assert_uint_lt(out[CHUNK_BIG_MAX]->cap, CHUNK_BIG);
	for (size_t i = 0; i < ARRAY_SIZE(out); i++)
		out[i] = arena_back(arena, out[i]);
	out[0] = arena_lend(arena, &to);
	ck_assert_uint_eq(out[0]->cap, CHUNK_BIG);
	ck_assert_str_eq(out[0]->path, "/x.log");
	arena_back(arena, out[0]);
	arena_trim(arena);
}
END_TEST

START_TEST(a_table_finds_all_and_walks_all)
{
	enum { N = 1000 };
	static struct table_node nodes[N];
	struct table t = { 0 };
	size_t seen = 0;

	for (uint32_t i = 0; i < N; i++) /* every hash twice */
		ck_assert_int_eq(table_add(&t, &nodes[i], i / 2), 0);
	for (struct table_node *n = table_next(&t, NULL); n; n = table_next(&t, n))
		seen++;
	ck_assert_uint_eq(seen, N);
	for (uint32_t i = 0; i < N; i++) {
		struct table_node *n = table_find(&t, i / 2);

		while (n && n != &nodes[i])
			n = table_find_next(n);
		ck_assert_ptr_eq(n, &nodes[i]);
	}
	for (uint32_t i = 0; i < N; i++)
		table_remove(&t, &nodes[i]);
	ck_assert_ptr_null(table_find(&t, 0));
	table_done(&t);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("iopool");
	TCase *tc = harness_case(s, "iopool");

	tcase_add_checked_fixture(tc, parts_make, parts_done);
	tcase_add_test(tc, a_lane_that_hangs_leaves_the_others_alone);
	tcase_add_test(tc, files_that_hang_leave_the_others_of_their_directory_alone);
	tcase_add_test(tc, chunks_get_small_when_very_many_are_out);
	tcase_add_test(tc, a_table_finds_all_and_walks_all);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
