/* SPDX-License-Identifier: MIT */
/* test_sys.c - the small facilities: environments, limits, memory files, pidfiles, children. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "daemon/keeper/map.h"
#include "daemon/sys/daemonize.h"
#include "daemon/sys/environ.h"
#include "daemon/sys/limits.h"
#include "daemon/sys/memfd.h"
#include "daemon/sys/pidfile.h"
#include "daemon/sys/procs.h"
#include "tests/unit/harness.h"

/* --- environments ------------------------------------------------------------------------ */

START_TEST(programs_do_not_see_what_was_meant_for_us)
{
	char *const ours[] = { (char[]){ "HOME=/" },	       (char[]){ "LISTEN_FDS=1" },
			       (char[]){ "LISTEN_PID=2" },     (char[]){ "NOTIFY_SOCKET=x" },
			       (char[]){ "NOTIFY_SOCKETS=x" }, (char[]){ "WATCHDOG_USEC=3" },
			       (char[]){ "MAINPID=1" },	       (char[]){ "MAINPID2=1" },
			       (char[]){ "LISTEN=no" },	       NULL };
	char **v;

	ck_assert_int_eq(environ_for_programs(ours, &v), 0);
	ck_assert_str_eq(v[0], "HOME=/");
	ck_assert_str_eq(v[1], "NOTIFY_SOCKETS=x");
	ck_assert_str_eq(v[2], "MAINPID2=1");
	ck_assert_str_eq(v[3], "LISTEN=no");
	ck_assert_ptr_null(v[4]);
	free(v);
}
END_TEST

START_TEST(of_one_name_the_last_value_counts)
{
	char *const base[] = { (char[]){ "A=1" }, (char[]){ "AB=2" }, (char[]){ "B" }, NULL };
	static const char more[] = "AB=3\0C=4\0A=5\0C=6\0B=7\0D";
	const struct link_strs list = { more, 6, sizeof more };
	char **v;

	ck_assert_int_eq(environ_join(base, &list, &v), 0);
	ck_assert_str_eq(v[0], "A=5");
	ck_assert_str_eq(v[1], "AB=3");
	ck_assert_str_eq(v[2], "B=7");
	ck_assert_str_eq(v[3], "C=6");
	ck_assert_str_eq(v[4], "D");
	ck_assert_ptr_null(v[5]);
	free(v);
}
END_TEST

START_TEST(a_list_becomes_arguments)
{
	static const char list[] = "sh\0\0-c";
	char **v;

	ck_assert_int_eq(environ_args(&(struct link_strs){ list, 3, sizeof list }, &v), 0);
	ck_assert_str_eq(v[0], "sh");
	ck_assert_str_eq(v[1], "");
	ck_assert_str_eq(v[2], "-c");
	ck_assert_ptr_null(v[3]);
	free(v);
	ck_assert_int_eq(environ_args(&(struct link_strs){ NULL, 0, 0 }, &v), 0);
	ck_assert_ptr_null(v[0]);
	free(v);
}
END_TEST

/* --- limits ------------------------------------------------------------------------------ */

START_TEST(we_take_all_descriptors_there_are_and_know_what_was_before)
{
	struct rlimit before, was, now;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	before.rlim_cur = 77;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(limits_raise(&was), 0);
	ck_assert_uint_eq(was.rlim_cur, 77);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &now), 0);
	ck_assert_uint_eq(now.rlim_cur, before.rlim_max);
}
END_TEST

START_TEST(a_least_limit_is_raised_to_and_never_lowered)
{
	struct rlimit l = { 100, 1000 }, now;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 1000, 1000 }), 0);
	ck_assert_int_eq(limits_least(RLIMIT_NOFILE, 100, &l), LIMIT_ENOUGH);
	ck_assert_int_eq(limits_least(RLIMIT_NOFILE, 300, &l), LIMIT_RAISED);
	ck_assert_uint_eq(l.rlim_cur, 300);
	ck_assert_uint_eq(l.rlim_max, 1000);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &now), 0);
	ck_assert_uint_eq(now.rlim_cur, 1000); /* ours stays */
	l = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	ck_assert_int_eq(limits_least(RLIMIT_NPROC, 200, &l), LIMIT_ENOUGH);
}
END_TEST

START_TEST(a_limit_beyond_the_hard_one_takes_rights)
{
	struct rlimit l = { 100, 1000 };
	int r;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &l), 0);
	r = limits_least(RLIMIT_NOFILE, 2000, &l);
	if (r == LIMIT_RAISED) {
		ck_assert_uint_eq(l.rlim_max, 2000);
		return;
	}
	ck_assert_int_eq(r, LIMIT_REFUSED);
	ck_assert_uint_eq(l.rlim_cur, 100);
	ck_assert_uint_eq(l.rlim_max, 1000);
}
END_TEST

/* --- files in memory --------------------------------------------------------------------- */

START_TEST(a_sealed_file_is_read_whole_and_cannot_change)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	int fd;

	ck_assert_int_eq(memfd_sealed("x", "hello", 5, &fd), 0);
	ck_assert_int_eq(pwrite(fd, "j", 1, 0), -1);
	ck_assert_int_eq(ftruncate(fd, 1), -1);
	ck_assert_int_eq(buf_puts(&b, "> "), 0);
	ck_assert_int_eq(memfd_read(fd, 5, &b), 0);
	ck_assert_str_eq(buf_str(&b), "> hello");
	ck_assert_int_eq(memfd_read(fd, 4, &b), -EBADMSG);
	ck_assert_str_eq(buf_str(&b), "> hello");
	fd_close(fd);
}
END_TEST

START_TEST(what_is_not_sealed_is_not_read)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	int fd = memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_eq(memfd_read(fd, 100, &b), -EBADMSG);
	ck_assert_int_eq(memfd_read(0, 100, &b), -EBADMSG);
	ck_assert(!memfd_holds(fd, 0));
	fd_close(fd);
}
END_TEST

START_TEST(a_fixed_file_can_be_written_but_not_resized)
{
	int fd;

	ck_assert_int_eq(memfd_fixed("x", 4096, &fd), 0);
	ck_assert_int_eq(pwrite(fd, "j", 1, 4095), 1);
	ck_assert_int_eq(pwrite(fd, "j", 1, 4096), -1);
	ck_assert_int_eq(ftruncate(fd, 1), -1);
	ck_assert(memfd_holds(fd, 4096));
	ck_assert(!memfd_holds(fd, 4097));
	fd_close(fd);
}
END_TEST

/* --- pidfiles ---------------------------------------------------------------------------- */

START_TEST(a_pidfile_is_written_over_and_removed_only_if_it_is_ours)
{
	char dir[64], path[80], text[16] = "";
	int fd;

	scratch_make(dir, sizeof dir);
	(void)snprintf(path, sizeof path, "%s/pid", dir);
	ck_assert_int_eq(pidfile_write(path, 123456), 0);
	ck_assert_int_eq(pidfile_write(path, 99), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(read(fd, text, sizeof text), 3);
	ck_assert_str_eq(text, "99\n");
	fd_close(fd);
	pidfile_remove(path, 9);
	pidfile_remove(path, 990);
	ck_assert_int_eq(access(path, F_OK), 0);
	pidfile_remove(path, 99);
	ck_assert_int_eq(access(path, F_OK), -1);
	pidfile_remove(path, 99);
	(void)snprintf(path, sizeof path, "%s/no/pid", dir);
	ck_assert_int_eq(pidfile_write(path, 1), -ENOENT);
	scratch_remove(dir);
}
END_TEST

/* --- children ---------------------------------------------------------------------------- */

static bool among(const pid_t *v, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == pid)
			return true;
	return false;
}

START_TEST(all_children_are_found_dead_or_alive_and_adopted_ones)
{
	pid_t alive, dead, parent, orphan = 0, *v;
	siginfo_t info;
	int ends[2];
	size_t n;

	ck_assert_int_eq(procs_adopt_orphans(), 0);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	alive = fork();
	if (alive == 0)
		for (;;)
			(void)pause();
	dead = fork();
	if (dead == 0)
		_exit(0);
	parent = fork();
	if (parent == 0) {
		orphan = fork();
		if (orphan == 0)
			for (;;)
				(void)pause();
		_exit(write(ends[1], &orphan, sizeof orphan) != sizeof orphan);
	}
	ck_assert_int_eq(waitid(P_PID, (id_t)dead, &info, WEXITED | WNOWAIT), 0);
	ck_assert_int_eq(read(ends[0], &orphan, sizeof orphan), (ssize_t)sizeof orphan);
	ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
	ck_assert_int_eq(procs_children(&v, &n), 0);
	ck_assert_uint_eq(n, 3);
	ck_assert(among(v, n, alive) && among(v, n, dead) && among(v, n, orphan));
	free(v);
	(void)kill(alive, SIGKILL);
	(void)kill(orphan, SIGKILL);
	for (int i = 0; i < 3; i++)
		ck_assert_int_gt(waitpid(-1, NULL, 0), 0);
	ck_assert_int_eq(procs_children(&v, &n), 0);
	ck_assert_uint_eq(n, 0);
	free(v);
	fd_close(ends[0]);
	fd_close(ends[1]);
}
END_TEST

START_TEST(a_missing_standard_descriptor_is_filled_and_others_are_not_touched)
{
	struct stat was, st, null;

	ck_assert_int_eq(stat("/dev/null", &null), 0);
	ck_assert_int_eq(fstat(1, &was), 0);
	fd_close(0);
	ck_assert_int_eq(daemonize_null(0, 2, false), 0);
	ck_assert_int_eq(fstat(0, &st), 0);
	ck_assert_uint_eq(st.st_rdev, null.st_rdev);
	ck_assert_int_eq(fcntl(0, F_GETFD), 0); /* programs inherit it */
	ck_assert_int_eq(fstat(1, &st), 0);
	ck_assert_uint_eq(st.st_ino, was.st_ino);
}
END_TEST

/* --- the keeper's map -------------------------------------------------------------------- */

START_TEST(a_map_finds_what_was_put_and_not_what_was_dropped)
{
	enum { KEYS = 512 };
	struct map m = { NULL, 0, 0 };
	bool in[KEYS + 1] = { false };
	int values[KEYS + 1];
	uint32_t x = 12345;
	size_t n = 0;

	ck_assert_ptr_null(map_get(&m, 1));
	map_drop(&m, 1);
	for (int step = 0; step < 100000; step++) {
		uint32_t key;

		x = x * 1103515245 + 12345;
		key = 1 + (x >> 16) % KEYS;
		if (x & 0x8000) {
			ck_assert_int_eq(map_reserve(&m), 0);
			map_put(&m, key, &values[key]);
			n += !in[key];
			in[key] = true;
		} else {
			map_drop(&m, key);
			n -= in[key];
			in[key] = false;
		}
		ck_assert_uint_eq(m.n, n);
		key = 1 + (x >> 20) % KEYS;
		ck_assert_ptr_eq(map_get(&m, key), in[key] ? &values[key] : NULL);
	}
	for (uint32_t key = 1; key <= KEYS; key++)
		ck_assert_ptr_eq(map_get(&m, key), in[key] ? &values[key] : NULL);
	ck_assert_uint_le(m.cap, 4 * KEYS);
	map_done(&m);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("sys");
	TCase *tc = harness_case(s, "sys");

	tcase_add_test(tc, programs_do_not_see_what_was_meant_for_us);
	tcase_add_test(tc, of_one_name_the_last_value_counts);
	tcase_add_test(tc, a_list_becomes_arguments);
	tcase_add_test(tc, we_take_all_descriptors_there_are_and_know_what_was_before);
	tcase_add_test(tc, a_least_limit_is_raised_to_and_never_lowered);
	tcase_add_test(tc, a_limit_beyond_the_hard_one_takes_rights);
	tcase_add_test(tc, a_sealed_file_is_read_whole_and_cannot_change);
	tcase_add_test(tc, what_is_not_sealed_is_not_read);
	tcase_add_test(tc, a_fixed_file_can_be_written_but_not_resized);
	tcase_add_test(tc, a_pidfile_is_written_over_and_removed_only_if_it_is_ours);
	tcase_add_test(tc, all_children_are_found_dead_or_alive_and_adopted_ones);
	tcase_add_test(tc, a_missing_standard_descriptor_is_filled_and_others_are_not_touched);
	tcase_add_test(tc, a_map_finds_what_was_put_and_not_what_was_dropped);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
