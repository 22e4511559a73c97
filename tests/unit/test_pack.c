/* SPDX-License-Identifier: MIT */
/* daemon/logger: pack.c, packing.c, target_pack.c, retention.c: what becomes of rotated logs.
 */
#include "tests/unit/logger_parts.h"

#include <errno.h>

#include "daemon/logger/pack.h"
#include "daemon/logger/packing.h"
#include "daemon/logger/retention.h"

static struct logrule rule;

static void setup(void)
{
	parts_make();
	rule = rule_for("x.log", 4, 5);
	rule.path = strdup(rule.path);
}

static void teardown(void)
{
	free((char *)rule.path);
	parts_done();
}

/* All of a packed file, as it was; good until the next call. */
static const char *unpacked(const char *name, enum log_pack pack)
{
	static struct buf text;
	char piece[1000];
	struct unpack *u;
	ssize_t n;
	int fd = open(in_dir(name), O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	buf_clear(&text);
	ck_assert_int_eq(unpack_new(fd, pack, &u), 0);
	while ((n = unpack_read(u, piece, sizeof piece)) > 0)
		ck_assert_int_eq(buf_append(&text, piece, (size_t)n), 0);
	ck_assert_int_eq(n, 0);
	unpack_free(u);
	return buf_str(&text);
}

static const char *packed_name(enum log_pack pack)
{
	return pack == LOG_PACK_GZIP ? "x.log.1.gz" : "x.log.1.zst";
}

static void put(struct target *t, const char *text)
{
	struct waiter w = { .link = LIST_INIT(w.link) };
	struct chunk *c = target_chunk(t, strlen(text), &w, now);

	ck_assert_ptr_nonnull(c);
	memcpy(chunk_data(c) + c->len, text, strlen(text));
	c->len += (uint32_t)strlen(text);
	target_filled(t, strlen(text), now);
}

START_TEST(a_rotated_log_is_packed_while_it_goes_on)
{
	const enum log_pack pack = _i ? LOG_PACK_ZSTD : LOG_PACK_GZIP;
	struct target *t;

	rule.pack = (uint8_t)pack;
	ck_assert_int_eq(target_get(targets, &rule, &t), 0);
	put(t, "first\n");
	settle();
	ck_assert_str_eq(unpacked(packed_name(pack), pack), "first\n");
	ck_assert(!exists("x.log.1") && !exists("x.log.pack"));
	put(t, "second\n");
	settle();
	ck_assert_str_eq(unpacked(packed_name(pack), pack), "second\n");
	put(t, "3");
	target_unref(t, now);
	settle();
	ck_assert_str_eq(content("x.log"), "3");
}
END_TEST

START_TEST(large_and_small_files_come_back_as_they_were)
{
	static char big[300 * 1000 + 1];
	const enum log_pack pack = _i ? LOG_PACK_ZSTD : LOG_PACK_GZIP;
	struct packing p;

	for (size_t i = 0; i < sizeof big - 1; i++)
		big[i] = (char)('a' + (i * i / 7) % 23);
	make_file("x.log.1", big);
	rule.pack = (uint8_t)pack;
	packing_do(&p, &rule);
	ck_assert_int_eq(p.result, 0);
	ck_assert_int_eq(packing_commit(&p, &rule), 0);
	ck_assert_str_eq(unpacked(packed_name(pack), pack), big);
	packing_do(&p, &rule);
	ck_assert_int_eq(p.result, -ENOENT);
}
END_TEST

/* The log may rotate while one of its backups is packed. */
START_TEST(what_was_packed_finds_its_place_wherever_that_is_now)
{
	struct packing p;

	make_file("x.log.1", "one");
	rule.pack = LOG_PACK_GZIP;
	packing_do(&p, &rule);
	ck_assert_int_eq(rename(in_dir("x.log.1"), in_dir("x.log.2")), 0);
	make_file("x.log.1", "two");
	ck_assert_int_eq(packing_commit(&p, &rule), 0);
	ck_assert_str_eq(unpacked("x.log.2.gz", LOG_PACK_GZIP), "one");
	ck_assert_str_eq(content("x.log.1"), "two");
	ck_assert(!exists("x.log.2"));
}
END_TEST

START_TEST(what_fell_out_meanwhile_is_not_brought_back)
{
	struct packing p;

	make_file("x.log.1", "one");
	rule.pack = LOG_PACK_ZSTD;
	packing_do(&p, &rule);
	ck_assert_int_eq(unlink(in_dir("x.log.1")), 0);
	ck_assert_int_eq(packing_commit(&p, &rule), -ENOENT);
	ck_assert(!exists("x.log.1.zst") && !exists("x.log.pack"));
}
END_TEST

/* A logger that died in the middle of it left one of these. */
START_TEST(a_crash_at_any_step_loses_and_doubles_nothing)
{
	struct target *t;

	rule.pack = LOG_PACK_GZIP;
	make_file("x.log.1", "one\n");
	if (_i == 0)
		make_file("x.log.pack", "half of it");
	if (_i == 1) {
		struct packing p;

		packing_do(&p, &rule);
		ck_assert_int_eq(rename(in_dir("x.log.pack"), in_dir("x.log.1.gz")), 0);
	}
	if (_i == 2) /* in a rotation: the new file has no name yet */
		make_file("x.log.next", "");
	ck_assert_int_eq(target_get(targets, &rule, &t), 0);
	put(t, "two\n");
	settle();
	target_unref(t, now);
	settle();
	ck_assert_str_eq(unpacked("x.log.1.gz", LOG_PACK_GZIP), "two\n");
	ck_assert_str_eq(unpacked("x.log.2.gz", LOG_PACK_GZIP), "one\n");
	ck_assert(!exists("x.log.1") && !exists("x.log.2") && !exists("x.log.3"));
	ck_assert(!exists("x.log.pack") && !exists("x.log.next"));
}
END_TEST

static void make_old(const char *name, const char *text, time_t at)
{
	const struct timespec times[] = { { at, 0 }, { at, 0 } };

	make_file(name, text);
	ck_assert_int_eq(utimensat(AT_FDCWD, in_dir(name), times, 0), 0);
}

static void retain(struct retention *r, int64_t wall_ms)
{
	retention_check(r, now, wall_ms);
	settle();
	settle();
}

START_TEST(old_ones_go_and_the_log_stays)
{
	struct retention *r;
	struct target *t;

	rule.keep_ms = 2000 * 1000;
	make_old("x.log", "log", 100);
	make_old("x.log.1", "1", 3000);
	make_old("x.log.2", "2", 2000);
	make_old("x.log.3.gz", "3", 1000);
	ck_assert_int_eq(retention_new(pool, targets, &r), 0);
	ck_assert_int_eq(target_get(targets, &rule, &t), 0);
	retention_budget(r, 0);
	retain(r, 3600 * 1000);
	ck_assert(exists("x.log") && exists("x.log.1") && exists("x.log.2"));
	ck_assert(!exists("x.log.3.gz"));
	target_unref(t, now);
	settle();
	retention_free(r);
}
END_TEST

START_TEST(a_clock_that_leaps_deletes_nothing)
{
	struct retention *r;
	struct target *t;

	rule.keep_ms = 100 * 1000;
	make_old("x.log.1", "1", 3000);
	ck_assert_int_eq(retention_new(pool, targets, &r), 0);
	ck_assert_int_eq(target_get(targets, &rule, &t), 0);
	retention_budget(r, 0);
	retain(r, 3050 * 1000);
	now = mono_add(now, RETENTION_EVERY_MS);
	retain(r, INT64_C(3050) * 1000 + INT64_C(10) * 365 * 86400 * 1000);
	ck_assert(exists("x.log.1"));
	now = mono_add(now, RETENTION_TRUST_MS); /* so it is later after all */
	retain(r, INT64_C(3050) * 1000 + INT64_C(10) * 365 * 86400 * 1000 + RETENTION_TRUST_MS);
	ck_assert(!exists("x.log.1"));
	target_unref(t, now);
	settle();
	retention_free(r);
}
END_TEST

START_TEST(the_oldest_of_all_logs_go_until_the_rest_is_within_the_budget)
{
	struct logrule other;
	struct target *t, *u;
	struct retention *r;

	make_old("x.log", "1234567890", 1); /* however old: it is written to */
	make_old("x.log.1", "1234567890", 4000);
	make_old("x.log.2", "1234567890", 2000);
	make_old("y.log.1.gz", "1234567890", 3000);
	make_old("y.log.2.zst", "1234567890", 1000);
	other = rule_for("y.log", 0, 5);
	ck_assert_int_eq(retention_new(pool, targets, &r), 0);
	ck_assert_int_eq(target_get(targets, &rule, &t), 0);
	ck_assert_int_eq(target_get(targets, &other, &u), 0);
	retention_budget(r, 30);
	retain(r, 5000 * 1000);
	ck_assert(exists("x.log") && exists("x.log.1") && exists("y.log.1.gz"));
	ck_assert(!exists("x.log.2") && !exists("y.log.2.zst"));
	target_unref(t, now);
	target_unref(u, now);
	settle();
	retention_free(r);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pack");
	TCase *tc = harness_case(s, "pack");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_rotated_log_is_packed_while_it_goes_on, 0, 2);
	tcase_add_loop_test(tc, large_and_small_files_come_back_as_they_were, 0, 2);
	tcase_add_test(tc, what_was_packed_finds_its_place_wherever_that_is_now);
	tcase_add_test(tc, what_fell_out_meanwhile_is_not_brought_back);
	tcase_add_loop_test(tc, a_crash_at_any_step_loses_and_doubles_nothing, 0, 3);
	tcase_add_test(tc, old_ones_go_and_the_log_stays);
	tcase_add_test(tc, a_clock_that_leaps_deletes_nothing);
	tcase_add_test(tc, the_oldest_of_all_logs_go_until_the_rest_is_within_the_budget);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
