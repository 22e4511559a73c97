/* SPDX-License-Identifier: MIT */
/* daemon/logger: rotate.c, logfile.c, logopen.c, cursor.c: a log on disk. Long, because all
 * ways in which a file may change under our hands are here. */
#include "tests/unit/logger_parts.h"

#include <errno.h>
#include <limits.h>

#include "daemon/logger/logopen.h"
#include "daemon/logger/rotate.h"

static struct logfile file;
static struct logrule rule;
static int64_t wall = 1000000; /* the clock */

static void setup(void)
{
	scratch_make(dir, sizeof dir);
	file = (struct logfile)LOGFILE_INIT;
	rule = rule_for("x.log", 0, 0);
	rule.path = strdup(rule.path);
}

static void teardown(void)
{
	logfile_close(&file);
	free((char *)rule.path);
	scratch_remove(dir);
}

static int append(const char *text)
{
	struct arena *a;
	struct chunk *c;
	int r;

	ck_assert_int_eq(arena_new(&(int){ -1 }, &a), 0);
	c = arena_lend(a, &rule);
	memcpy(chunk_data(c), text, strlen(text));
	c->len = (uint32_t)strlen(text);
	wall += LOGFILE_LOOK_MS;
	r = logfile_append(&file, &rule, c, wall);
	ck_assert_uint_eq(c->done, r == 0 ? c->len : 0);
	arena_free(a);
	return r;
}

static int shift(int backups)
{
	struct logplace p;
	int r;

	ck_assert_int_eq(logplace_open(&p, rule.path), 0);
	r = rotate_shift(p.dir, p.name, backups);
	logplace_done(&p);
	return r;
}

static void rotate_at(int64_t maxbytes, int backups)
{
	rule.maxbytes = maxbytes;
	rule.backups = backups;
}

START_TEST(the_row_moves_up_by_one)
{
	make_file("x.log", "0");
	make_file("x.log.1", "1");
	make_file("x.log.2", "2");
	ck_assert_int_eq(shift(5), 0);
	ck_assert(!exists("x.log"));
	ck_assert_str_eq(content("x.log.1"), "0");
	ck_assert_str_eq(content("x.log.2"), "1");
	ck_assert_str_eq(content("x.log.3"), "2");
}
END_TEST

START_TEST(the_oldest_falls_out)
{
	make_file("x.log", "0");
	make_file("x.log.1", "1");
	make_file("x.log.2", "2");
	ck_assert_int_eq(shift(2), 0);
	ck_assert_str_eq(content("x.log.1"), "0");
	ck_assert_str_eq(content("x.log.2"), "1");
	ck_assert(!exists("x.log.3"));
}
END_TEST

START_TEST(a_gap_is_filled_and_nothing_behind_it_moves)
{
	make_file("x.log", "0");
	make_file("x.log.1", "1");
	make_file("x.log.3", "3");
	ck_assert_int_eq(shift(9), 0);
	ck_assert_str_eq(content("x.log.2"), "1");
	ck_assert_str_eq(content("x.log.3"), "3");
	ck_assert(!exists("x.log.4"));
}
END_TEST

START_TEST(a_missing_log_is_no_error)
{
	make_file("x.log.1", "1");
	ck_assert_int_eq(shift(3), 0);
	ck_assert_str_eq(content("x.log.2"), "1");
}
END_TEST

START_TEST(a_name_too_long_is_refused)
{
	static char path[PATH_MAX];

	memset(path, 'x', sizeof path - 2);
	ck_assert_int_eq(logplace_open(&(struct logplace){ 0 }, path), -ENAMETOOLONG);
}
END_TEST

START_TEST(appending_makes_the_file)
{
	ck_assert_int_eq(append("one\n"), 0);
	ck_assert_int_eq(append("two\n"), 0);
	ck_assert_str_eq(content("x.log"), "one\ntwo\n");
}
END_TEST

START_TEST(what_was_there_stays)
{
	make_file("x.log", "old\n");
	ck_assert_int_eq(append("new\n"), 0);
	ck_assert_str_eq(content("x.log"), "old\nnew\n");
}
END_TEST

START_TEST(the_size_counts_what_was_there)
{
	make_file("x.log", "12345");
	rotate_at(8, 1);
	ck_assert_int_eq(append("67\n"), 0);
	ck_assert_str_eq(content("x.log.1"), "1234567\n");
	ck_assert_str_eq(content("x.log"), "");
}
END_TEST

START_TEST(it_rotates_when_the_maximum_is_reached_not_before)
{
	rotate_at(8, 2);
	ck_assert_int_eq(append("1234567"), 0);
	ck_assert(!exists("x.log.1"));
	ck_assert_int_eq(append("\n"), 0);
	ck_assert_str_eq(content("x.log.1"), "1234567\n");
	ck_assert_int_eq(append("next"), 0);
	ck_assert_str_eq(content("x.log"), "next");
}
END_TEST

START_TEST(without_backups_it_starts_over_in_the_same_file)
{
	struct stat before, after;

	rotate_at(4, 0);
	ck_assert_int_eq(append("123"), 0);
	ck_assert_int_eq(stat(rule.path, &before), 0);
	ck_assert_int_eq(append("456\n"), 0);
	ck_assert_str_eq(content("x.log"), "");
	ck_assert_int_eq(stat(rule.path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_int_eq(append("ab"), 0);
	ck_assert_str_eq(content("x.log"), "ab");
	ck_assert(!exists("x.log.1"));
}
END_TEST

START_TEST(a_removed_log_does_not_break_rotation)
{
	rotate_at(4, 2);
	ck_assert_int_eq(append("123"), 0);
	ck_assert_int_eq(unlink(rule.path), 0);
	ck_assert_int_eq(append("456"), 0);
	ck_assert_int_eq(file.rotate_error, 0);
	ck_assert_str_eq(content("x.log"), "456");
	ck_assert_int_eq(append("\n"), 0);
	ck_assert_str_eq(content("x.log.1"), "456\n");

	rotate_at(4, 0);
	ck_assert_int_eq(unlink(rule.path), 0);
	ck_assert_int_eq(append("0"), 0);
	ck_assert_int_eq(append("ab"), 0);
	ck_assert_str_eq(content("x.log"), "0ab");
}
END_TEST

START_TEST(a_log_that_is_moved_away_is_made_again)
{
	ck_assert_int_eq(append("one"), 0);
	ck_assert_int_eq(rename(rule.path, in_dir("moved")), 0);
	ck_assert_int_eq(append("two"), 0);
	ck_assert_str_eq(content("moved"), "one");
	ck_assert_str_eq(content("x.log"), "two");
}
END_TEST

/* Its age is looked at before each write. */
START_TEST(a_log_that_is_too_old_makes_room)
{
	rule.max_age_ms = 3600 * 1000;
	rule.backups = 2;
	ck_assert_int_eq(append("one"), 0);
	wall = file.born_ms + rule.max_age_ms - 2 * LOGFILE_LOOK_MS;
	ck_assert_int_eq(append("two"), 0);
	ck_assert(!exists("x.log.1"));
	wall = file.born_ms + rule.max_age_ms;
	ck_assert_int_eq(append("\nthree"), 0);
	ck_assert_str_eq(content("x.log.1"), "onetwo\n");
	ck_assert_str_eq(content("x.log"), "three");
}
END_TEST

START_TEST(no_line_is_in_two_files)
{
	rotate_at(8, 5);
	ck_assert_int_eq(append("one\ntwo, long\nth"), 0);
	ck_assert_str_eq(content("x.log.1"), "one\ntwo, long\n");
	ck_assert_int_eq(append("ree is"), 0);
	ck_assert_str_eq(content("x.log"), "three is");
	ck_assert_int_eq(append(" long\nfour\n"), 0);
	ck_assert_str_eq(content("x.log.1"), "three is long\n");
	ck_assert_str_eq(content("x.log"), "four\n");
}
END_TEST

START_TEST(a_line_without_end_does_not_fill_the_disk)
{
	rotate_at(4, 2);
	ck_assert_int_eq(append("12345"), 0);
	ck_assert(!exists("x.log.1"));
	ck_assert_int_eq(append("678"), 0);
	ck_assert_str_eq(content("x.log.1"), "12345678");
}
END_TEST

START_TEST(packed_and_plain_are_one_row)
{
	make_file("x.log", "0");
	make_file("x.log.1", "1");
	make_file("x.log.2", "2 doubled by a crash");
	make_file("x.log.2.gz", "2");
	make_file("x.log.3.zst", "3");
	ck_assert_int_eq(shift(3), 0);
	ck_assert_str_eq(content("x.log.1"), "0");
	ck_assert_str_eq(content("x.log.2"), "1");
	ck_assert_str_eq(content("x.log.3.gz"), "2");
	ck_assert(!exists("x.log.2.gz") && !exists("x.log.3") && !exists("x.log.3.zst"));
}
END_TEST

START_TEST(without_a_new_file_the_old_one_goes_on)
{
	rotate_at(4, 2);
	make_file("x.log.1", "kept");
	/* A directory in the way of the new file's temporary name. */
	ck_assert_int_eq(mkdir(in_dir("x.log.next"), 0700), 0);
	ck_assert_int_eq(append("1234\n"), 0);
	ck_assert_int_ne(file.rotate_error, 0);
	ck_assert_int_eq(append("6\n"), 0);
	ck_assert_str_eq(content("x.log"), "1234\n6\n");
	ck_assert_str_eq(content("x.log.1"), "kept");

	ck_assert_int_eq(rmdir(in_dir("x.log.next")), 0);
	ck_assert_int_eq(append("7\n"), 0);
	ck_assert_int_eq(file.rotate_error, 0);
	ck_assert_str_eq(content("x.log.1"), "1234\n6\n7\n");
	ck_assert_str_eq(content("x.log.2"), "kept");
}
END_TEST

START_TEST(a_missing_directory_is_an_error_and_heals)
{
	free((char *)rule.path);
	rule.path = strdup(in_dir("d/x.log"));
	ck_assert_int_eq(append("lost"), -ENOENT);
	ck_assert_int_eq(mkdir(in_dir("d"), 0700), 0);
	ck_assert_int_eq(append("kept"), 0);
	ck_assert_str_eq(content("d/x.log"), "kept");
}
END_TEST

START_TEST(modes_are_0644_less_umask_and_0600_for_private_ones)
{
	struct stat st;

	(void)umask(022);
	ck_assert_int_eq(append("x"), 0);
	ck_assert_int_eq(stat(rule.path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	logfile_close(&file);
	ck_assert_int_eq(unlink(rule.path), 0);
	rule.private_file = true;
	rotate_at(2, 1);
	for (int i = 0; i < 2; i++) { /* the rotated one too */
		ck_assert_int_eq(append("xy"), 0);
		ck_assert_int_eq(stat(rule.path, &st), 0);
		ck_assert_uint_eq(st.st_mode & 07777, 0600);
	}
}
END_TEST

START_TEST(a_device_is_not_rotated_and_its_errors_are_told)
{
	rotate_at(2, 2);
	free((char *)rule.path);
	rule.path = strdup("/dev/null");
	ck_assert_int_eq(append("12345"), 0);
	ck_assert(!file.regular);
	logfile_close(&file);
	free((char *)rule.path);
	rule.path = strdup("/dev/full");
	ck_assert_int_eq(append("12345"), -ENOSPC);
	ck_assert_int_lt(file.fd, 0);
}
END_TEST

START_TEST(a_fifo_without_a_reader_does_not_block)
{
	char got[8] = "";
	int reader;

	ck_assert_int_eq(mkfifo(rule.path, 0600), 0);
	ck_assert_int_eq(append("lost"), -ENXIO);
	reader = open(rule.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(reader, 0);
	ck_assert_int_eq(append("kept"), 0);
	ck_assert_int_eq(read(reader, got, sizeof got), 4);
	ck_assert_str_eq(got, "kept");
	close(reader);
}
END_TEST

START_TEST(our_own_descriptors_are_duplicated)
{
	ck_assert_int_eq(log_own_fd("/dev/stdout"), 1);
	ck_assert_int_eq(log_own_fd("/dev/stderr"), 2);
	ck_assert_int_eq(log_own_fd("/dev/fd/1"), 1);
	ck_assert_int_eq(log_own_fd("/proc/self/fd/2"), 2);
	ck_assert_int_eq(log_own_fd("/dev/fd/17"), 17);
	ck_assert_int_lt(log_own_fd("/dev/fd/"), 0);
	ck_assert_int_lt(log_own_fd("/dev/fd/1x"), 0);
	ck_assert_int_lt(log_own_fd("/dev/null"), 0);
	ck_assert_int_lt(log_own_fd("/dev/stdoutx"), 0);
}
END_TEST

START_TEST(our_links_are_not_a_place_for_logs)
{
	free((char *)rule.path);
	rule.path = strdup("/dev/fd/3");
	ck_assert_int_eq(append("x"), -EBADF);
}
END_TEST

static int open_it(const char *name)
{
	int fd = log_open(in_dir(name), O_WRONLY | O_APPEND | O_CREAT, 0600);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

START_TEST(a_link_is_followed_only_where_nobody_else_can_have_put_it)
{
	make_file("secret", "");
	ck_assert_int_eq(symlink(in_dir("secret"), in_dir("x.log")), 0);
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(open_it("x.log"), 0);
	ck_assert_int_eq(chmod(dir, 0775), 0);
	ck_assert_int_eq(open_it("x.log"), -ELOOP);
	ck_assert_int_eq(chmod(dir, 0777), 0);
	ck_assert_int_eq(open_it("x.log"), -ELOOP);
	ck_assert_int_eq(chmod(dir, 01777), 0);
	ck_assert_int_eq(open_it("x.log"), 0);
}
END_TEST

START_TEST(a_second_name_is_doubtful_in_the_same_places)
{
	make_file("secret", "");
	ck_assert_int_eq(link(in_dir("secret"), in_dir("x.log")), 0);
	ck_assert_int_eq(open_it("x.log"), 0);
	ck_assert_int_eq(chmod(dir, 0777), 0);
	ck_assert_int_eq(open_it("x.log"), -EMLINK);
}
END_TEST

START_TEST(a_link_of_another_in_a_sticky_directory_is_refused)
{
	SKIP_UNLESS_ROOT();
	make_file("secret", "");
	ck_assert_int_eq(symlink(in_dir("secret"), in_dir("x.log")), 0);
	ck_assert_int_eq(lchown(in_dir("x.log"), 65534, 65534), 0);
	ck_assert_int_eq(chmod(dir, 01777), 0);
	/* By us, or by a kernel that protects links. */
	ck_assert_int_lt(open_it("x.log"), 0);
}
END_TEST

/* --- reading along ------------------------------------------------------------------- */

static struct cursor cursor;
static char got[256];

static const char *read_on(void)
{
	ssize_t n, at = 0;

	while ((n = cursor_read(&cursor, &file, &rule, got + at, 5)) > 0)
		at += n;
	ck_assert_int_eq(n, 0);
	got[at] = '\0';
	return got;
}

static void begin_reading(uint64_t bytes, bool follow)
{
	cursor = (struct cursor)CURSOR_INIT;
	ck_assert_int_eq(cursor_begin(&cursor, &file, &rule, bytes, follow), 0);
}

START_TEST(the_end_of_a_log_is_read)
{
	ck_assert_int_eq(append("123456789"), 0);
	begin_reading(3, false);
	ck_assert_str_eq(read_on(), "789");
	cursor_end(&cursor);
	begin_reading(UINT64_MAX, false);
	ck_assert_int_eq(append("later"), 0);
	ck_assert_str_eq(read_on(), "123456789");
	cursor_end(&cursor);
}
END_TEST

START_TEST(a_follower_misses_nothing_over_rotations)
{
	rotate_at(6, 5);
	ck_assert_int_eq(append("abc"), 0);
	begin_reading(2, true);
	ck_assert_str_eq(read_on(), "bc");
	ck_assert_int_eq(append("de\n"), 0);
	ck_assert_int_eq(append("gh\n"), 0);
	ck_assert_int_eq(append("jk\n"), 0);
	ck_assert_int_eq(append("mn"), 0);
	ck_assert_str_eq(read_on(), "de\ngh\njk\nmn");
	cursor_end(&cursor);
}
END_TEST

START_TEST(a_follower_sees_the_last_bytes_before_a_start_over)
{
	rotate_at(6, 0);
	rule.followed = true;
	ck_assert_int_eq(append("abc"), 0);
	begin_reading(9, true);
	ck_assert_int_eq(append("def\n"), 0);
	ck_assert_int_eq(append("hi"), 0);
	ck_assert_str_eq(read_on(), "abcdef\nhi");
	cursor_end(&cursor);
}
END_TEST

START_TEST(a_follower_that_was_lapped_goes_on_with_the_oldest_left)
{
	rotate_at(3, 1);
	ck_assert_int_eq(append("a"), 0);
	begin_reading(9, true);
	ck_assert_int_eq(append("bc\n"), 0);
	ck_assert_int_eq(append("ef\n"), 0);
	ck_assert_int_eq(append("hi\n"), 0);
	ck_assert_int_eq(append("k"), 0);
	ck_assert_str_eq(read_on(), "abc\nhi\nk");
	cursor_end(&cursor);
}
END_TEST

START_TEST(a_follower_goes_on_where_somebody_else_rotated)
{
	ck_assert_int_eq(append("abc"), 0);
	begin_reading(9, true);
	ck_assert_int_eq(rename(rule.path, in_dir("moved")), 0);
	ck_assert_int_eq(append("def"), 0);
	logfile_close(&file); /* reopen */
	ck_assert_int_eq(append("ghi"), 0);
	ck_assert_str_eq(read_on(), "abcdefghi");
	cursor_end(&cursor);
}
END_TEST

START_TEST(a_follower_begins_again_in_a_file_that_was_cut)
{
	ck_assert_int_eq(append("abc"), 0);
	begin_reading(9, true);
	ck_assert_str_eq(read_on(), "abc");
	ck_assert_int_eq(truncate(rule.path, 0), 0);
	ck_assert_int_eq(append("d"), 0);
	ck_assert_str_eq(read_on(), "d");
	cursor_end(&cursor);
}
END_TEST

START_TEST(what_is_no_file_cannot_be_read_back)
{
	free((char *)rule.path);
	rule.path = strdup("/dev/null");
	cursor = (struct cursor)CURSOR_INIT;
	ck_assert_int_eq(cursor_begin(&cursor, &file, &rule, 1, false), -ESPIPE);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("rotate");
	TCase *tc = harness_case(s, "rotate");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_row_moves_up_by_one);
	tcase_add_test(tc, the_oldest_falls_out);
	tcase_add_test(tc, a_gap_is_filled_and_nothing_behind_it_moves);
	tcase_add_test(tc, a_missing_log_is_no_error);
	tcase_add_test(tc, a_name_too_long_is_refused);
	tcase_add_test(tc, appending_makes_the_file);
	tcase_add_test(tc, what_was_there_stays);
	tcase_add_test(tc, the_size_counts_what_was_there);
	tcase_add_test(tc, it_rotates_when_the_maximum_is_reached_not_before);
	tcase_add_test(tc, without_backups_it_starts_over_in_the_same_file);
	tcase_add_test(tc, a_removed_log_does_not_break_rotation);
	tcase_add_test(tc, a_log_that_is_moved_away_is_made_again);
	tcase_add_test(tc, a_log_that_is_too_old_makes_room);
	tcase_add_test(tc, no_line_is_in_two_files);
	tcase_add_test(tc, a_line_without_end_does_not_fill_the_disk);
	tcase_add_test(tc, packed_and_plain_are_one_row);
	tcase_add_test(tc, without_a_new_file_the_old_one_goes_on);
	tcase_add_test(tc, a_missing_directory_is_an_error_and_heals);
	tcase_add_test(tc, modes_are_0644_less_umask_and_0600_for_private_ones);
	tcase_add_test(tc, a_device_is_not_rotated_and_its_errors_are_told);
	tcase_add_test(tc, a_fifo_without_a_reader_does_not_block);
	tcase_add_test(tc, our_own_descriptors_are_duplicated);
	tcase_add_test(tc, our_links_are_not_a_place_for_logs);
	tcase_add_test(tc, a_link_is_followed_only_where_nobody_else_can_have_put_it);
	tcase_add_test(tc, a_second_name_is_doubtful_in_the_same_places);
	tcase_add_test(tc, a_link_of_another_in_a_sticky_directory_is_refused);
	tcase_add_test(tc, the_end_of_a_log_is_read);
	tcase_add_test(tc, a_follower_misses_nothing_over_rotations);
	tcase_add_test(tc, a_follower_sees_the_last_bytes_before_a_start_over);
	tcase_add_test(tc, a_follower_that_was_lapped_goes_on_with_the_oldest_left);
	tcase_add_test(tc, a_follower_goes_on_where_somebody_else_rotated);
	tcase_add_test(tc, a_follower_begins_again_in_a_file_that_was_cut);
	tcase_add_test(tc, what_is_no_file_cannot_be_read_back);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
