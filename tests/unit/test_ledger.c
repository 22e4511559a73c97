/* SPDX-License-Identifier: MIT */
#include "daemon/manager/ledger.h"

#include <errno.h>
#include <sys/mman.h>

#include "tests/unit/harness.h"

static struct ledger *ledger;

static void setup(void)
{
	ck_assert_int_eq(ledger_new(10, NULL, &ledger), 0);
}

static void teardown(void)
{
	ledger = ledger_free(ledger);
}

static size_t claim(const char *group, const char *name)
{
	size_t slot;

	ck_assert_int_eq(ledger_claim(ledger, group, name, &slot), 0);
	return slot;
}

static void write_pid(size_t slot, int pid)
{
	ledger_write(ledger, slot, &(struct ledger_entry){ .proc = { .pid = pid } });
}

static int read_pid(size_t slot)
{
	struct ledger_entry e;

	ck_assert(ledger_read(ledger, slot, &e));
	return e.proc.pid;
}

/* As the next manager does: through another descriptor of the same memory. */
static int open_again(void)
{
	const int fd = dup(ledger_fd(ledger));

	ledger = ledger_free(ledger);
	return ledger_open(fd, &ledger);
}

START_TEST(what_was_written_is_there_for_the_next_manager)
{
	write_pid(claim("g", "a"), 17);
	write_pid(claim("g", "b"), 18);
	ledger_set_mood(ledger, LEDGER_SHUTDOWN);
	ledger_set_next_id(ledger, 99);
	ck_assert_int_eq(open_again(), LEDGER_OK);
	ck_assert_int_eq(read_pid(claim("g", "a")), 17);
	ck_assert_int_eq(read_pid(claim("g", "b")), 18);
	ck_assert_int_eq(ledger_mood(ledger), LEDGER_SHUTDOWN);
	ck_assert_uint_eq(ledger_next_id(ledger), 99);
}
END_TEST

START_TEST(what_the_instance_ends_with_stays_until_it_does_something_else)
{
	ck_assert_uint_eq(ledger_exit_status(ledger), 0);
	ledger_end_with(ledger, 137);
	ledger_set_mood(ledger, LEDGER_SHUTDOWN);
	ck_assert_int_eq(open_again(), LEDGER_OK);
	ck_assert_int_eq(ledger_mood(ledger), LEDGER_SHUTDOWN);
	ck_assert_uint_eq(ledger_exit_status(ledger), 137);
	ledger_set_mood(ledger, LEDGER_RUNNING);
	ck_assert_int_eq(ledger_mood(ledger), LEDGER_RUNNING);
	ck_assert_uint_eq(ledger_exit_status(ledger), 0);
}
END_TEST

START_TEST(a_record_that_was_never_written_says_so)
{
	struct ledger_entry e;

	ck_assert(!ledger_read(ledger, claim("g", "a"), &e));
}
END_TEST

START_TEST(group_and_name_are_told_apart)
{
	write_pid(claim("ab", "c"), 1);
	write_pid(claim("a", "bc"), 2);
	ck_assert_int_eq(read_pid(claim("ab", "c")), 1);
	ck_assert_int_eq(read_pid(claim("a", "bc")), 2);
}
END_TEST

START_TEST(a_released_record_is_found_no_more_and_those_behind_it_still_are)
{
	char name[24];
	struct ledger_entry e;

	for (int i = 0; i < 40; i++) {
		(void)snprintf(name, sizeof name, "%d", i);
		write_pid(claim("g", name), i + 1);
	}
	for (int i = 0; i < 40; i += 2) {
		(void)snprintf(name, sizeof name, "%d", i);
		ledger_release(ledger, claim("g", name));
	}
	for (int i = 1; i < 40; i += 2) {
		(void)snprintf(name, sizeof name, "%d", i);
		ck_assert_int_eq(read_pid(claim("g", name)), i + 1);
	}
	ck_assert(!ledger_read(ledger, claim("g", "0"), &e));
}
END_TEST

START_TEST(a_full_ledger_refuses_and_loses_nothing)
{
	const size_t room = ledger_capacity(ledger);
	char name[24];
	size_t slot;

	for (size_t i = 0; i < room; i++) {
		(void)snprintf(name, sizeof name, "%zu", i);
		write_pid(claim("g", name), (int)i + 1);
	}
	ck_assert_int_eq(ledger_claim(ledger, "g", "one more", &slot), -ENOSPC);
	ck_assert_int_eq(read_pid(claim("g", "0")), 1);
}
END_TEST

START_TEST(a_larger_ledger_goes_on_with_seed_and_ids)
{
	const uint64_t seed = ledger_seed(ledger);
	struct ledger *larger;

	ledger_set_next_id(ledger, 7);
	ck_assert_int_eq(ledger_new(1000, ledger, &larger), 0);
	ledger_free(ledger);
	ledger = larger;
	ck_assert_uint_eq(ledger_seed(ledger), seed);
	ck_assert_uint_eq(ledger_next_id(ledger), 7);
	ck_assert_uint_ge(ledger_capacity(ledger), 1000);
}
END_TEST

/* Flip one byte of the memory at a time: what is read is one of the states that were written,
 * or nothing, and the other record is not touched by it. */
START_TEST(a_torn_write_leaves_the_record_before_it)
{
	const int fd = dup(ledger_fd(ledger));
	const off_t size = lseek(fd, 0, SEEK_END);
	const size_t a = claim("g", "a");
	unsigned char *image, *copy;

	write_pid(a, 1);
	write_pid(a, 2);
	image = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(image, MAP_FAILED);
	copy = malloc((size_t)size);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, image, (size_t)size);
	for (off_t i = 48; i < size; i++) {
		struct ledger_entry e;

		if (!copy[i])
			continue;
		memcpy(image, copy, (size_t)size);
		image[i] ^= 0x55;
		ck_assert_int_eq(open_again(), LEDGER_OK);
		if (ledger_read(ledger, claim("g", "a"), &e))
			ck_assert(e.proc.pid == 1 || e.proc.pid == 2);
	}
	free(copy);
	ck_assert_int_eq(munmap(image, (size_t)size), 0);
	ck_assert_int_eq(close(fd), 0);
}
END_TEST

START_TEST(claimed_records_are_counted_also_by_the_next_manager)
{
	const size_t a = claim("g", "a");

	(void)claim("g", "b");
	(void)claim("g", "a");
	ck_assert_uint_eq(ledger_count(ledger), 2);
	ledger_release(ledger, a);
	ledger_release(ledger, a);
	ck_assert_uint_eq(ledger_count(ledger), 1);
	ck_assert_int_eq(open_again(), LEDGER_OK);
	ck_assert_uint_eq(ledger_count(ledger), 1);
}
END_TEST

START_TEST(what_is_not_a_ledger_is_refused)
{
	int fd = memfd_create("other", MFD_CLOEXEC);
	struct ledger *l = NULL;

	ck_assert_int_eq(ledger_open(dup(fd), &l), LEDGER_FOREIGN);
	ck_assert_int_eq(ftruncate(fd, 100000), 0);
	ck_assert_int_eq(ledger_open(fd, &l), LEDGER_FOREIGN);
	ck_assert_ptr_null(l);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ledger");
	TCase *tc = harness_case(s, "ledger");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_was_written_is_there_for_the_next_manager);
	tcase_add_test(tc, what_the_instance_ends_with_stays_until_it_does_something_else);
	tcase_add_test(tc, a_record_that_was_never_written_says_so);
	tcase_add_test(tc, group_and_name_are_told_apart);
	tcase_add_test(tc, a_released_record_is_found_no_more_and_those_behind_it_still_are);
	tcase_add_test(tc, a_full_ledger_refuses_and_loses_nothing);
	tcase_add_test(tc, a_larger_ledger_goes_on_with_seed_and_ids);
	tcase_add_test(tc, a_torn_write_leaves_the_record_before_it);
	tcase_add_test(tc, claimed_records_are_counted_also_by_the_next_manager);
	tcase_add_test(tc, what_is_not_a_ledger_is_refused);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
