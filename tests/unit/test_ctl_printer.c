/* SPDX-License-Identifier: MIT */
/* test_ctl_printer.c - what jobs have printed, printed one after the other and never waited
 * for. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "ctl/printer.h"
#include "harness.h"

static void write_all(int fd, const char *data, size_t len)
{
	while (len) {
		const ssize_t n = write(fd, data, len);

		ck_assert_int_gt(n, 0);
		data += n;
		len -= (size_t)n;
	}
}

/* A capture of a job that has printed this. */
static struct capture captured(const char *out, const char *err)
{
	struct capture c;

	ck_assert_int_eq(capture_open(&c), 0);
	write_all(c.fds[0], out, strlen(out));
	write_all(c.fds[1], err, strlen(err));
	return c;
}

static void add(struct printer *p, const char *out, const char *err, const char *tag)
{
	struct capture c = captured(out, err);

	ck_assert_int_eq(printer_add(p, &c, tag), 0);
	ck_assert_int_eq(c.fds[0], -1);
}

/* Print until nothing is left, or it would have to wait. */
static void print(struct printer *p)
{
	while (printer_busy(p)) {
		struct pollfd f = printer_poll(p);

		if (poll(&f, 1, 0) <= 0)
			return;
		ck_assert_int_eq(printer_write(p), 0);
	}
}

static char *content(int fd)
{
	struct stat st;
	char *text;

	ck_assert_int_eq(fstat(fd, &st), 0);
	text = calloc(1, (size_t)st.st_size + 1);
	ck_assert_int_eq(pread(fd, text, (size_t)st.st_size, 0), st.st_size);
	return text;
}

static int files[CAPTURE_STREAMS];

static void expect_files(const char *out, const char *err)
{
	const char *const expected[] = { out, err };

	for (int i = 0; i < CAPTURE_STREAMS; i++) {
		char *got = content(files[i]);

		ck_assert_str_eq(got, expected[i]);
		free(got);
		close(files[i]);
	}
}

static void to_files(struct printer *p)
{
	for (int i = 0; i < CAPTURE_STREAMS; i++)
		ck_assert_int_ge(files[i] = memfd_create("file", MFD_CLOEXEC), 0);
	printer_init(p, files);
}

START_TEST(one_job_is_printed_after_the_other)
{
	struct printer p;

	to_files(&p);
	add(&p, "out 1\n", "err 1\n", NULL);
	add(&p, "", "", NULL);
	add(&p, "out 2", "", NULL);
	add(&p, "out 3\n", "err 3\n", NULL);
	print(&p);
	ck_assert(!printer_busy(&p));
	expect_files("out 1\nout 2out 3\n", "err 1\nerr 3\n");
	printer_done(&p);
}
END_TEST

START_TEST(a_tag_begins_each_line)
{
	struct printer p;

	to_files(&p);
	add(&p, "a\n\nb", "c\n", "t");
	add(&p, "d\n", "", "u v");
	print(&p);
	expect_files("t\ta\nt\t\nt\tbu v\td\n", "t\tc\n");
	printer_done(&p);
}
END_TEST

START_TEST(what_is_long_is_printed_whole)
{
	enum { LONG = 3000000 };
	char *text = malloc(LONG + 1);
	struct printer p;

	memset(text, 'x', LONG);
	for (int i = 99; i < LONG; i += 100)
		text[i] = '\n';
	text[LONG] = '\0';
	to_files(&p);
	add(&p, text, "err\n", NULL);
	print(&p);
	ck_assert(!printer_busy(&p));
	expect_files(text, "err\n");
	printer_done(&p);
	free(text);
}
END_TEST

START_TEST(a_reader_that_does_not_read_is_not_waited_for)
{
	enum { LONG = 300000 };
	char *text = malloc(LONG + 1), *got = malloc(LONG + 1);
	int out[2], err[2];
	struct printer p;
	size_t len = 0;

	memset(text, 'x', LONG);
	text[LONG] = '\0';
	ck_assert_int_eq(pipe2(out, O_CLOEXEC) | pipe2(err, O_CLOEXEC), 0);
	printer_init(&p, (const int[]){ out[1], err[1] });
	add(&p, text, "err", NULL);
	print(&p); /* returns, though the pipe is full */
	ck_assert(printer_busy(&p));
	while (len < LONG) {
		const ssize_t n = read(out[0], got + len, LONG - len);

		ck_assert_int_gt(n, 0);
		len += (size_t)n;
		print(&p);
	}
	got[LONG] = '\0';
	ck_assert_str_eq(got, text);
	print(&p);
	ck_assert(!printer_busy(&p));
	ck_assert_int_eq(read(err[0], got, LONG), 3);
	printer_done(&p);
	for (int i = 0; i < 2; i++) {
		close(out[i]);
		close(err[i]);
	}
	free(text);
	free(got);
}
END_TEST

START_TEST(where_nothing_can_be_written_it_says_so)
{
	const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct printer p;

	printer_init(&p, (const int[]){ full, full });
	add(&p, "text\n", "", NULL);
	ck_assert_int_eq(printer_write(&p), -ENOSPC);
	printer_done(&p);
	close(full);
}
END_TEST

START_TEST(a_job_that_opens_its_output_again_writes_over_nothing)
{
	struct capture c = captured("first\n", "");
	char path[64], got[64];
	int again;

	snprintf(path, sizeof path, "/proc/self/fd/%d", c.fds[0]);
	again = open(path, O_WRONLY | O_CLOEXEC | O_APPEND);
	write_all(again, "second\n", 7);
	write_all(c.fds[0], "third\n", 6);
	close(again);
	ck_assert_int_eq(capture_fold(&c), 1);
	ck_assert_int_eq(capture_read(&c, 0, 0, got, sizeof got), 19);
	ck_assert_int_eq(memcmp(got, "first\nsecond\nthird\n", 19), 0);
	ck_assert_int_eq(capture_read(&c, 0, 19, got, sizeof got), 0);
	ck_assert_int_eq(capture_read(&c, 1, 0, got, sizeof got), 0);
	capture_close(&c);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl printer");
	TCase *tc = harness_case(s, "printer");

	tcase_add_test(tc, one_job_is_printed_after_the_other);
	tcase_add_test(tc, a_tag_begins_each_line);
	tcase_add_test(tc, what_is_long_is_printed_whole);
	tcase_add_test(tc, a_reader_that_does_not_read_is_not_waited_for);
	tcase_add_test(tc, where_nothing_can_be_written_it_says_so);
	tcase_add_test(tc, a_job_that_opens_its_output_again_writes_over_nothing);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
