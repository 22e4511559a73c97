/* SPDX-License-Identifier: MIT */
/* daemon/logger: target.c, targets.c, with outage.c and quiet.c. */
#include "tests/unit/logger_parts.h"

#include <errno.h>

#include "daemon/logger/quiet.h"

static unsigned woken;

static void on_room(struct waiter *w, mono_t at)
{
	(void)w, (void)at;
	woken++;
}

static struct waiter waiter = { .fn = on_room };

static void setup(void)
{
	parts_make();
	woken = 0;
	list_init(&waiter.link);
}

static void teardown(void)
{
	parts_done();
}

static struct target *get(const struct logrule *rule)
{
	struct target *t;

	ck_assert_int_eq(target_get(targets, rule, &t), 0);
	return t;
}

static struct target *get_plain(const char *name)
{
	const struct logrule rule = rule_for(name, 0, 0);

	return get(&rule);
}

/* Hand over as much of @data as there is room for; returns how much that was. */
static size_t offer(struct target *t, const char *data, size_t len)
{
	size_t room, done = 0;

	while (done < len) {
		struct chunk *c = target_chunk(t, TARGET_ROOM, &waiter, now);

		if (!c)
			break;
		room = chunk_room(c);
		ck_assert_uint_ge(room, TARGET_ROOM);
		if (room > len - done)
			room = len - done;
		memcpy(chunk_data(c) + c->len, data + done, room);
		c->len += (uint32_t)room;
		target_filled(t, room, now);
		done += room;
	}
	return done;
}

static void put(struct target *t, const char *text)
{
	ck_assert_uint_eq(offer(t, text, strlen(text)), strlen(text));
}

START_TEST(bytes_land_in_the_file)
{
	struct target *t = get_plain("x.log");

	put(t, "one\n");
	put(t, "two\n");
	settle();
	put(t, "three\n");
	target_unref(t, now);
	settle();
	ck_assert_str_eq(content("x.log"), "one\ntwo\nthree\n");
}
END_TEST

START_TEST(there_is_no_thread_before_there_is_work)
{
	struct target *t = get_plain("x.log");

	ck_assert_uint_eq(iopool_threads(pool), 0);
	put(t, "x");
	ck_assert_uint_eq(iopool_threads(pool), 1);
	target_unref(t, now);
}
END_TEST

START_TEST(one_path_is_one_target)
{
	struct target *a = get_plain("x.log"), *b = get_plain("x.log");

	ck_assert_ptr_eq(a, b);
	ck_assert_uint_eq(targets_count(targets), 1);
	put(a, "a");
	target_unref(a, now);
	settle();
	put(b, "b");
	target_unref(b, now);
	settle();
	ck_assert_uint_eq(targets_count(targets), 0);
	ck_assert_str_eq(content("x.log"), "ab");
}
END_TEST

START_TEST(memory_is_bounded_and_room_is_announced)
{
	static char data[1024 * 1024];
	const char *fifo = in_dir("fifo");
	struct target *t;
	size_t taken;
	int reader;

	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	t = get_plain("fifo");
	taken = offer(t, data, sizeof data);
	ck_assert_uint_le(taken, 2 * CHUNK_BIG);
	ck_assert(list_linked(&waiter.link));

	/* Somebody reads: what was taken comes out, and there is room again. */
	while (!woken) {
		(void)!read(reader, data, sizeof data);
		loop_turn(loop);
	}
	target_unref(t, now);
	while (iopool_busy(pool)) {
		(void)!read(reader, data, sizeof data);
		loop_turn(loop);
	}
	close(reader);
}
END_TEST

/* Time passes, and what is due is done. */
static void pass(msec_t span)
{
	now = mono_add(now, span);
	targets_check(targets, now);
	settle();
}

START_TEST(a_failure_is_told_once_and_nothing_is_lost_while_there_is_room)
{
	struct target *t = get_plain("d/x.log");

	put(t, "12345");
	settle();
	ck_assert_uint_eq(news, 1);
	ck_assert_int_eq(last_news.news, TARGET_FAILS);
	ck_assert_int_eq(last_news.error, ENOENT);
	ck_assert(target_stuck(t, now));

	put(t, "678"); /* during the pause: no attempt */
	ck_assert_uint_eq(iopool_busy(pool), 0);
	pass(OUTAGE_PAUSE_MS);
	ck_assert_uint_eq(news, 1);

	ck_assert_int_eq(mkdir(in_dir("d"), 0700), 0);
	pass(OUTAGE_PAUSE_MAX_MS);
	ck_assert_uint_eq(news, 2);
	ck_assert_int_eq(last_news.news, TARGET_WORKS);
	ck_assert_uint_eq(last_news.dropped, 0);
	ck_assert_str_eq(content("d/x.log"), "12345678");
	target_unref(t, now);
}
END_TEST

START_TEST(what_is_dropped_is_counted_and_told_at_the_end_of_the_outage)
{
	struct target *t = get_plain("d/x.log");

	put(t, "kept");
	settle();
	target_drop(t, 10, now);
	target_drop(t, 7, now);
	ck_assert_int_eq(mkdir(in_dir("d"), 0700), 0);
	pass(OUTAGE_PAUSE_MAX_MS);
	ck_assert_int_eq(last_news.news, TARGET_WORKS);
	ck_assert_uint_eq(last_news.dropped, 17);
	ck_assert_str_eq(content("d/x.log"), "kept");
	target_unref(t, now);
}
END_TEST

START_TEST(who_waits_is_called_when_nothing_moves)
{
	static char data[1024 * 1024];
	struct target *t = get(&(struct logrule){ .path = "/dev/full" });

	ck_assert_uint_lt(offer(t, data, sizeof data), sizeof data);
	settle();
	list_unlink(&waiter.link);
	woken = 0;
	ck_assert_uint_lt(offer(t, data, sizeof data), sizeof data);
	pass(TARGET_STALL_MS);
	ck_assert_uint_ge(woken, 1);
	ck_assert(target_stuck(t, now));
	list_unlink(&waiter.link);
	target_unref(t, now);
}
END_TEST

START_TEST(a_loss_without_end_is_told_at_the_end)
{
	struct target *t = get(&(struct logrule){ .path = "/dev/full" });

	put(t, "12345");
	settle();
	target_unref(t, now);
	settle();
	ck_assert_int_eq(last_news.news, TARGET_LOST);
	ck_assert_uint_eq(last_news.dropped, 5);
	ck_assert_int_eq(last_news.error, ENOSPC);
}
END_TEST

START_TEST(rotating_and_clearing_come_after_what_was_said_before)
{
	const struct logrule rule = rule_for("x.log", 0, 2);
	struct target *t = get(&rule);

	put(t, "one");
	target_rotate(t, now);
	settle();
	put(t, "two");
	settle();
	ck_assert_str_eq(content("x.log.1"), "one");
	ck_assert_str_eq(content("x.log"), "two");
	target_clear(t, now);
	settle();
	ck_assert_str_eq(content("x.log"), "");
	ck_assert(!exists("x.log.1"));
	put(t, "three");
	target_unref(t, now);
	settle();
	ck_assert_str_eq(content("x.log"), "three");
}
END_TEST

START_TEST(a_rotation_that_fails_is_told_once)
{
	const struct logrule rule = rule_for("x.log", 2, 1);
	struct target *t = get(&rule);

	ck_assert_int_eq(mkdir(in_dir("x.log.next"), 0700), 0);
	put(t, "abc");
	settle();
	put(t, "def");
	settle();
	ck_assert_uint_eq(news, 1);
	ck_assert_int_eq(last_news.news, TARGET_CANNOT_ROTATE);
	target_unref(t, now);
	settle();
	ck_assert_str_eq(content("x.log"), "abcdef");
}
END_TEST

START_TEST(rules_that_change_count_from_the_next_write)
{
	struct logrule rule = rule_for("x.log", 0, 0);
	struct target *t = get(&rule);

	put(t, "abc");
	settle();
	rule.maxbytes = 4;
	rule.backups = 1;
	ck_assert_ptr_eq(get(&rule), t);
	put(t, "de\n");
	settle();
	ck_assert_str_eq(content("x.log.1"), "abcde\n");
	target_unref(t, now);
	target_unref(t, now);
}
END_TEST

START_TEST(only_so_many_files_are_kept_open)
{
	enum { N = 40 };
	struct target *t[N];
	char name[16];
	int before = fds_open();

	targets_set_max_open(targets, 4);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < N; i++) {
			(void)snprintf(name, sizeof name, "%d.log", i);
			if (round == 0)
				t[i] = get_plain(name);
			put(t[i], "x");
			settle();
			ck_assert_int_le(fds_open() - before, 5);
		}
	for (int i = 0; i < N; i++)
		target_unref(t[i], now);
	settle();
	for (int i = 0; i < N; i++) {
		(void)snprintf(name, sizeof name, "%d.log", i);
		ck_assert_str_eq(content(name), "xx");
	}
}
END_TEST

START_TEST(files_of_the_silent_are_made_in_a_quiet_moment)
{
	struct target *a = get_plain("a.log"), *b;

	targets_disturb(targets, now);
	now = mono_add(now, QUIET_MS - 1);
	b = get_plain("b.log");
	targets_disturb(targets, now);
	targets_check(targets, now);
	settle();
	ck_assert(!exists("a.log"));
	ck_assert_int_eq(targets_due(targets).ms, now.ms + QUIET_MS);
	now = targets_due(targets);
	targets_check(targets, now);
	settle();
	ck_assert(exists("a.log") && exists("b.log"));
	targets_check(targets, now);
	ck_assert(mono_is_never(targets_due(targets)));
	target_unref(a, now);
	target_unref(b, now);
}
END_TEST

START_TEST(a_moment_that_never_gets_quiet_does_not_put_it_off_for_ever)
{
	struct target *t = get_plain("x.log");
	const mono_t begin = now;

	for (int i = 0; i < 2 * QUIET_MAX_MS / QUIET_MS && !exists("x.log"); i++) {
		targets_disturb(targets, now);
		now = mono_add(now, QUIET_MS / 2);
		targets_check(targets, now);
		settle();
	}
	ck_assert(exists("x.log"));
	ck_assert_int_le(mono_span(begin, now), QUIET_MAX_MS + QUIET_MS);
	target_unref(t, now);
}
END_TEST

START_TEST(reopening_finds_the_new_file_also_of_the_silent)
{
	struct target *loud = get_plain("loud.log"), *silent = get_plain("silent.log");

	put(loud, "old");
	settle();
	ck_assert_int_eq(rename(in_dir("loud.log"), in_dir("loud.old")), 0);
	targets_reopen(targets, now);
	settle();
	put(loud, "new");
	targets_check(targets, now);
	now = targets_due(targets);
	targets_check(targets, now);
	settle();
	ck_assert_str_eq(content("loud.old"), "old");
	ck_assert_str_eq(content("loud.log"), "new");
	ck_assert(exists("silent.log"));
	target_unref(loud, now);
	target_unref(silent, now);
}
END_TEST

START_TEST(while_jobs_move_one_thread_is_enough)
{
	struct target *t[20];
	char name[16];

	for (int i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof name, "%d.log", i);
		t[i] = get_plain(name);
		put(t[i], "x");
	}
	settle();
	ck_assert(mono_is_never(iopool_due(pool)));
	ck_assert_uint_eq(iopool_threads(pool), 1);
	for (int i = 0; i < 20; i++)
		target_unref(t[i], now);
}
END_TEST

START_TEST(the_pause_outlives_a_short_recovery)
{
	struct outage o = { 0 }, was;

	ck_assert(outage_fails(&o, ENOSPC, now));
	ck_assert(!outage_fails(&o, ENOSPC, now));
	ck_assert_int_eq(o.retry_at.ms, now.ms + 2 * OUTAGE_PAUSE_MS);
	ck_assert(outage_works(&o, now, &was));
	ck_assert_int_eq(was.error, ENOSPC);
	ck_assert(outage_fails(&o, ENOSPC, now));
	ck_assert_int_eq(o.retry_at.ms, now.ms + 4 * OUTAGE_PAUSE_MS);
	ck_assert(outage_works(&o, now, &was));
	now = mono_add(now, 2 * OUTAGE_FORGIVE_MS);
	ck_assert(!outage_works(&o, now, &was));
	ck_assert(outage_fails(&o, ENOSPC, now));
	ck_assert_int_eq(o.retry_at.ms, now.ms + OUTAGE_PAUSE_MS);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("target");
	TCase *tc = harness_case(s, "target");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, bytes_land_in_the_file);
	tcase_add_test(tc, there_is_no_thread_before_there_is_work);
	tcase_add_test(tc, one_path_is_one_target);
	tcase_add_test(tc, memory_is_bounded_and_room_is_announced);
	tcase_add_test(tc, a_failure_is_told_once_and_nothing_is_lost_while_there_is_room);
	tcase_add_test(tc, what_is_dropped_is_counted_and_told_at_the_end_of_the_outage);
	tcase_add_test(tc, who_waits_is_called_when_nothing_moves);
	tcase_add_test(tc, rotating_and_clearing_come_after_what_was_said_before);
	tcase_add_test(tc, a_loss_without_end_is_told_at_the_end);
	tcase_add_test(tc, a_rotation_that_fails_is_told_once);
	tcase_add_test(tc, rules_that_change_count_from_the_next_write);
	tcase_add_test(tc, only_so_many_files_are_kept_open);
	tcase_add_test(tc, files_of_the_silent_are_made_in_a_quiet_moment);
	tcase_add_test(tc, a_moment_that_never_gets_quiet_does_not_put_it_off_for_ever);
	tcase_add_test(tc, reopening_finds_the_new_file_also_of_the_silent);
	tcase_add_test(tc, while_jobs_move_one_thread_is_enough);
	tcase_add_test(tc, the_pause_outlives_a_short_recovery);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
