/* SPDX-License-Identifier: MIT */
/* test_book.c - what a keeper leaves written for the next. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "daemon/keeper/book.h"
#include "tests/unit/harness.h"

static struct book *b;

static void setup(void)
{
	ck_assert_int_eq(book_new(&b), 0);
}

static void teardown(void)
{
	b = book_free(b);
}

/* As the next one has it. */
static void reopen(void)
{
	const int fd = fcntl(book_fd(b), F_DUPFD_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	b = book_free(b);
	ck_assert_int_eq(book_open(fd, &b), 0);
}

static uint32_t add(uint32_t id)
{
	uint32_t place;

	ck_assert_int_eq(book_add(b, &place), 0);
	book_write(b, place, &(struct book_entry){ .id = id, .gen = 7 * id });
	return place;
}

static uint32_t count(void)
{
	struct book_entry e;
	uint32_t n = 0;

	for (uint32_t i = 0; i < book_places(b); i++)
		n += book_read(b, i, &e);
	return n;
}

START_TEST(what_is_written_is_read_by_the_next)
{
	enum { MANY = 1000 }; /* it has to grow for them */
	struct book_entry e;
	uint32_t places[MANY];

	for (uint32_t i = 0; i < MANY; i++)
		places[i] = add(i + 1);
	reopen();
	for (uint32_t i = 0; i < MANY; i++) {
		ck_assert(book_read(b, places[i], &e));
		ck_assert_uint_eq(e.id, i + 1);
		ck_assert_uint_eq(e.gen, 7 * (i + 1));
	}
	ck_assert_uint_eq(count(), MANY);
}
END_TEST

START_TEST(places_are_used_again_also_by_the_next)
{
	const uint32_t first = add(1);
	uint32_t before;

	(void)add(2);
	book_remove(b, first);
	ck_assert_uint_eq(count(), 1);
	ck_assert_uint_eq(add(3), first);
	book_remove(b, first);
	before = book_places(b);
	reopen();
	for (uint32_t i = 1; i < before; i++)
		(void)add(10 + i);
	ck_assert_uint_eq(book_places(b), before);
	ck_assert_uint_eq(count(), before);
}
END_TEST

START_TEST(what_was_written_last_counts)
{
	const uint32_t at = add(1);
	struct book_entry e = { .id = 1 };

	for (uint32_t gen = 1; gen < 6; gen++) {
		e.gen = gen;
		book_write(b, at, &e);
		reopen();
		ck_assert(book_read(b, at, &e));
		ck_assert_uint_eq(e.gen, gen);
	}
}
END_TEST

START_TEST(a_child_that_was_forked_and_not_noted_is_known)
{
	const uint32_t at = add(1);
	struct book_entry e;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		*book_claim(b, at) = getpid();
		_exit(0);
	}
	ck_assert_int_eq(waitid(P_PID, (id_t)child, NULL, WEXITED | WNOWAIT), 0);
	reopen();
	ck_assert(book_read(b, at, &e));
	ck_assert_int_eq(e.who.pid, child);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	/* Noted, it has no more to say. */
	e = (struct book_entry){ .id = 1, .ended = true };
	book_write(b, at, &e);
	ck_assert(book_read(b, at, &e));
	ck_assert_int_eq(e.who.pid, 0);
}
END_TEST

START_TEST(settings_state_and_who_is_who_are_kept)
{
	const struct identity who = { .pid = 12, .inode = 34 };
	const char *text;
	size_t n;

	book_set_state(b, BOOK_RUNS);
	ck_assert_int_eq(book_set_settings(b, "abc", 3), 0);
	book_set_peer(b, BOOK_LOGGER, &who);
	reopen();
	ck_assert_int_eq(book_state(b), BOOK_RUNS);
	text = book_settings(b, &n);
	ck_assert_uint_eq(n, 3);
	ck_assert_mem_eq(text, "abc", 3);
	ck_assert_int_eq(book_peer(b, BOOK_LOGGER).pid, 12);
	ck_assert_int_eq(book_peer(b, BOOK_MANAGER).pid, 0);
	ck_assert_int_eq(book_set_settings(b, text, 1 << 20), -EMSGSIZE);
}
END_TEST

START_TEST(what_is_no_book_is_refused)
{
	int fd = memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct book *other;

	ck_assert_int_eq(ftruncate(fd, 1 << 20), 0);
	ck_assert_int_eq(book_open(fcntl(fd, F_DUPFD_CLOEXEC, 0), &other), -EBADMSG);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	ck_assert_int_eq(book_open(fd, &other), -EBADMSG);
	fd = memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	ck_assert_int_eq(book_open(fd, &other), -EBADMSG);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("book");
	TCase *tc = harness_case(s, "book");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_written_is_read_by_the_next);
	tcase_add_test(tc, places_are_used_again_also_by_the_next);
	tcase_add_test(tc, what_was_written_last_counts);
	tcase_add_test(tc, a_child_that_was_forked_and_not_noted_is_known);
	tcase_add_test(tc, settings_state_and_who_is_who_are_kept);
	tcase_add_test(tc, what_is_no_book_is_refused);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
