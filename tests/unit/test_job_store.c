/* SPDX-License-Identifier: MIT */
/* test_job_store.c - the journal of jobs: what was added is read back, what was not finished is
 * not. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "daemon/manager/index.h"
#include "daemon/manager/job_store.h"
#include "harness.h"

enum { RECORDS = 5 };

static const char *const words[RECORDS] = { "first", "", "a third one\nof two lines", "4",
					    "the last" };

/* What was read, each followed by '|'. */
struct seen {
	struct buf text;
	struct store_ref refs[RECORDS + 1];
	size_t n;
	int answer;
};

static int on_record(void *owner, const char *text, size_t len, struct store_ref at)
{
	struct seen *seen = owner;

	ck_assert_uint_eq(strlen(text), len);
	ck_assert_uint_le(seen->n, RECORDS);
	ck_assert_int_eq(buf_printf(&seen->text, "%s|", text), 0);
	seen->refs[seen->n++] = at;
	return seen->answer;
}

static struct job_store *filled(struct store_ref *refs)
{
	struct job_store *s;

	ck_assert_int_eq(job_store_new(&s), 0);
	for (int i = 0; i < RECORDS; i++)
		ck_assert_int_eq(job_store_append(s, words[i], strlen(words[i]), &refs[i]), 0);
	return s;
}

/* As the next manager gets it. */
static int opened(const struct job_store *s, struct seen *seen, struct job_store **ret)
{
	const int fd = fcntl(job_store_fd(s), F_DUPFD_CLOEXEC, 0);

	*seen = (struct seen){ 0 };
	ck_assert_int_eq(job_store_open(fd, ret), 0);
	return job_store_read(*ret, on_record, seen);
}

START_TEST(what_was_added_is_read_in_its_order)
{
	struct store_ref refs[RECORDS];
	struct job_store *s = filled(refs), *again;
	struct seen seen;

	ck_assert_int_eq(opened(s, &seen, &again), 0);
	ck_assert_str_eq(buf_str(&seen.text), "first||a third one\nof two lines|4|the last|");
	for (int i = 0; i < RECORDS; i++) {
		ck_assert_uint_eq(seen.refs[i].at, refs[i].at);
		ck_assert_uint_eq(seen.refs[i].len, refs[i].len);
	}
	ck_assert_uint_eq(job_store_size(again), job_store_size(s));
	buf_done(&seen.text);
	job_store_free(again);
	job_store_free(s);
}
END_TEST

START_TEST(who_goes_on_adds_at_the_end)
{
	struct store_ref refs[RECORDS], more;
	struct job_store *s = filled(refs), *again, *third;
	struct seen seen;

	ck_assert_int_eq(opened(s, &seen, &again), 0);
	buf_done(&seen.text);
	ck_assert_int_eq(job_store_append(again, "more", 4, &more), 0);
	ck_assert_int_eq(opened(again, &seen, &third), 0);
	ck_assert_uint_eq(seen.n, RECORDS + 1);
	ck_assert_str_eq(buf_str(&seen.text),
			 "first||a third one\nof two lines|4|the last|more|");
	buf_done(&seen.text);
	job_store_free(third);
	job_store_free(again);
	job_store_free(s);
}
END_TEST

/* How many records are whole in the first @size bytes. */
static size_t whole(const struct store_ref *refs, uint64_t size)
{
	size_t n = 0;

	while (n < RECORDS && refs[n].at + 8 + refs[n].len <= size)
		n++;
	return n;
}

START_TEST(cut_at_any_byte_it_has_all_that_was_finished)
{
	for (uint64_t size = 8;; size++) {
		struct store_ref refs[RECORDS], ref;
		struct job_store *s = filled(refs), *again;
		const bool over = size > job_store_size(s);
		struct seen seen;
		size_t n;

		if (over) {
			job_store_free(s);
			break;
		}
		n = whole(refs, size);
		ck_assert_int_eq(ftruncate(job_store_fd(s), (off_t)size), 0);
		ck_assert_int_eq(opened(s, &seen, &again), 0);
		ck_assert_uint_eq(seen.n, n);
		buf_done(&seen.text);
		/* And what is added then is not lost behind a half one. */
		ck_assert_int_eq(job_store_append(again, "new", 3, &ref), 0);
		job_store_free(s);
		s = again;
		ck_assert_int_eq(opened(s, &seen, &again), 0);
		ck_assert_uint_eq(seen.n, n + 1);
		buf_done(&seen.text);
		job_store_free(again);
		job_store_free(s);
	}
}
END_TEST

START_TEST(a_byte_that_is_wrong_ends_what_can_be_read)
{
	struct store_ref refs[RECORDS];
	struct job_store *s = filled(refs), *again;
	struct seen seen;

	ck_assert_int_eq(pwrite(job_store_fd(s), "X", 1, (off_t)refs[2].at + 8 + 4), 1);
	ck_assert_int_eq(opened(s, &seen, &again), 0);
	ck_assert_str_eq(buf_str(&seen.text), "first||");
	ck_assert_uint_eq(job_store_size(again), refs[2].at);
	buf_done(&seen.text);
	job_store_free(again);
	job_store_free(s);
}
END_TEST

START_TEST(something_else_is_no_journal)
{
	struct job_store *s;
	int fd = memfd_create("else", MFD_CLOEXEC);

	ck_assert_int_eq(job_store_open(fd, &s), -EBADMSG);
	fd = memfd_create("else", MFD_CLOEXEC);
	ck_assert_int_eq(write(fd, "something else", 14), 14);
	ck_assert_int_eq(job_store_open(fd, &s), -EBADMSG);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(job_store_open(fd, &s), -EBADMSG);
}
END_TEST

START_TEST(who_reads_may_stop_it)
{
	struct store_ref refs[RECORDS];
	struct job_store *s = filled(refs), *again;
	struct seen seen = { .answer = -ENOMEM };

	ck_assert_int_eq(job_store_open(fcntl(job_store_fd(s), F_DUPFD_CLOEXEC, 0), &again), 0);
	ck_assert_int_eq(job_store_read(again, on_record, &seen), -ENOMEM);
	job_store_free(again);
	ck_assert_uint_eq(seen.n, 1);
	buf_done(&seen.text);
	job_store_free(s);
}
END_TEST

START_TEST(waste_is_told_and_what_counts_is_copied)
{
	static const char text[1000];
	struct store_ref refs[200], none = { 0 };
	struct job_store *s, *to, *again;
	struct seen seen;

	ck_assert_int_eq(job_store_new(&s), 0);
	ck_assert_int_eq(job_store_new(&to), 0);
	for (size_t i = 0; i < ARRAY_SIZE(refs); i++)
		ck_assert_int_eq(job_store_append(s, text, i == 7 ? 0 : sizeof text, &refs[i]),
				 0);
	for (size_t i = 0; i < 101; i++) {
		ck_assert(!job_store_is_wasteful(s));
		if (i != 7)
			job_store_drop(s, &refs[i]);
		job_store_drop(s, &none);
	}
	ck_assert(job_store_is_wasteful(s));
	ck_assert_uint_eq(refs[0].at, 0);
	ck_assert_int_eq(job_store_copy(s, &refs[7], to), 0);
	ck_assert_int_eq(job_store_copy(s, &none, to), 0);
	ck_assert_int_eq(opened(to, &seen, &again), 0);
	ck_assert_uint_eq(seen.n, 1);
	ck_assert_uint_eq(seen.refs[0].at, refs[7].at);
	buf_done(&seen.text);
	job_store_free(again);
	job_store_free(to);
	job_store_free(s);
}
END_TEST

START_TEST(an_index_finds_what_is_in_it)
{
	static struct index_node nodes[1000];
	struct index x = { 0 };

	ck_assert_ptr_null(index_find(&x, 0, 0));
	index_remove(&x, &nodes[0]);
	for (uint64_t i = 0; i < ARRAY_SIZE(nodes); i++)
		ck_assert_int_eq(index_add(&x, &nodes[i], i / 10, i % 10), 0);
	for (uint64_t i = 0; i < ARRAY_SIZE(nodes); i++)
		ck_assert_ptr_eq(index_find(&x, i / 10, i % 10), &nodes[i]);
	ck_assert_ptr_null(index_find(&x, 3, 10));
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i += 2)
		index_remove(&x, &nodes[i]);
	for (uint64_t i = 0; i < ARRAY_SIZE(nodes); i++)
		ck_assert_ptr_eq(index_find(&x, i / 10, i % 10), i % 2 ? &nodes[i] : NULL);
	ck_assert_uint_eq(x.n, ARRAY_SIZE(nodes) / 2);
	index_done(&x);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("job store");
	TCase *tc = harness_case(s, "journal");

	tcase_add_test(tc, what_was_added_is_read_in_its_order);
	tcase_add_test(tc, who_goes_on_adds_at_the_end);
	tcase_add_test(tc, cut_at_any_byte_it_has_all_that_was_finished);
	tcase_add_test(tc, a_byte_that_is_wrong_ends_what_can_be_read);
	tcase_add_test(tc, something_else_is_no_journal);
	tcase_add_test(tc, who_reads_may_stop_it);
	tcase_add_test(tc, waste_is_told_and_what_counts_is_copied);
	tc = harness_case(s, "index");
	tcase_add_test(tc, an_index_finds_what_is_in_it);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
