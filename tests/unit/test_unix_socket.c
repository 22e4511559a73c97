/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "daemon/sys/unix_socket.h"
#include "tests/unit/harness.h"

static char dir[64], path[96], lock_path[104];

static void dir_make(void)
{
	scratch_make(dir, sizeof dir);
	(void)snprintf(path, sizeof path, "%s/s.sock", dir);
	(void)snprintf(lock_path, sizeof lock_path, "%s.lock", path);
}

static void dir_remove(void)
{
	scratch_remove(dir);
}

static int lock_or_fail(pid_t pid)
{
	int fd = -1;
	pid_t holder;

	ck_assert_int_eq(unix_socket_lock(path, pid, &fd, &holder), UNIX_SOCKET_OK);
	return fd;
}

static int connect_to(const char *where, int *ret_fd)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof at.sun_path, "%.107s", where);
	if (connect(fd, (const struct sockaddr *)&at, sizeof at) < 0)
		return -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

START_TEST(the_second_holder_is_refused_and_told_who_the_first_is)
{
	const int fd = lock_or_fail(4711);
	int other = -1;
	pid_t holder = 0;

	ck_assert_int_eq(unix_socket_lock(path, 4712, &other, &holder), UNIX_SOCKET_HELD);
	ck_assert_int_eq(holder, 4711);
	ck_assert_int_eq(other, -1);
	fd_close(fd);
	fd_close(lock_or_fail(4712));
}
END_TEST

START_TEST(a_lock_lives_as_long_as_one_copy_of_it)
{
	const int fd = lock_or_fail(1), copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	int other;
	pid_t holder;

	fd_close(fd);
	ck_assert_int_eq(unix_socket_lock(path, 2, &other, &holder), UNIX_SOCKET_HELD);
	fd_close(copy);
	fd_close(lock_or_fail(2));
}
END_TEST

START_TEST(a_lock_on_a_removed_file_does_not_count)
{
	const int old = lock_or_fail(1);
	int fd, other;
	pid_t holder;

	unix_socket_remove(path);
	fd = lock_or_fail(2);
	ck_assert_int_eq(unix_socket_lock(path, 3, &other, &holder), UNIX_SOCKET_HELD);
	ck_assert_int_eq(holder, 2);
	fd_close(old);
	fd_close(fd);
}
END_TEST

START_TEST(a_lock_file_is_nobody_elses_and_no_link_is_followed)
{
	struct stat st;
	int fd;
	pid_t holder;

	fd_close(lock_or_fail(1));
	ck_assert_int_eq(stat(lock_path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(unlink(lock_path), 0);
	ck_assert_int_eq(symlink("/dev/null", lock_path), 0);
	ck_assert_int_eq(unix_socket_lock(path, 1, &fd, &holder), -ELOOP);
}
END_TEST

START_TEST(the_socket_has_its_mode_and_takes_clients_whose_uid_is_known)
{
	int listener, client, server;
	struct ucred peer;
	struct stat st;

	ck_assert_int_eq(unix_socket_listen(path, 0660, (uid_t)-1, (gid_t)-1, &listener), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0660);
	ck_assert_int_eq(unix_socket_accept(listener, &server), -EAGAIN);
	ck_assert_int_eq(connect_to(path, &client), 0);
	ck_assert_int_eq(unix_socket_accept(listener, &server), 0);
	ck_assert_int_eq(unix_socket_peer(server, &peer), 0);
	ck_assert_int_eq(peer.pid, getpid());
	ck_assert_uint_eq(peer.uid, getuid());
	fd_close(client);
	fd_close(server);
	fd_close(listener);
}
END_TEST

START_TEST(a_stale_socket_is_replaced)
{
	int listener, client;

	ck_assert_int_eq(unix_socket_listen(path, 0600, (uid_t)-1, (gid_t)-1, &listener), 0);
	fd_close(listener);
	ck_assert_int_eq(connect_to(path, &client), -ECONNREFUSED);
	ck_assert_int_eq(unix_socket_listen(path, 0600, (uid_t)-1, (gid_t)-1, &listener), 0);
	ck_assert_int_eq(connect_to(path, &client), 0);
	fd_close(client);
	fd_close(listener);
}
END_TEST

START_TEST(a_file_that_is_no_socket_is_left_alone)
{
	FILE *f = fopen(path, "we");
	int listener;

	ck_assert_ptr_nonnull(f);
	(void)fclose(f);
	ck_assert_int_eq(unix_socket_listen(path, 0600, (uid_t)-1, (gid_t)-1, &listener),
			 -EEXIST);
}
END_TEST

START_TEST(nothing_stays_after_the_removal)
{
	int fd = lock_or_fail(1), listener;

	ck_assert_int_eq(unix_socket_listen(path, 0600, (uid_t)-1, (gid_t)-1, &listener), 0);
	unix_socket_remove(path);
	fd_close(listener);
	fd_close(fd);
	ck_assert_int_eq(rmdir(dir), 0);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
}
END_TEST

START_TEST(paths_are_bounded)
{
	char name[UNIX_SOCKET_PATH_MAX + 2];
	int fd;
	pid_t holder;

	memset(name, 'x', sizeof name);
	name[UNIX_SOCKET_PATH_MAX + 1] = '\0';
	ck_assert_int_eq(unix_socket_lock(name, 1, &fd, &holder), -ENAMETOOLONG);
	ck_assert_int_eq(unix_socket_listen(name, 0600, 0, 0, &fd), -ENAMETOOLONG);
	ck_assert_int_eq(unix_socket_folder(name), -ENAMETOOLONG);
	ck_assert_int_eq(chdir(dir), 0);
	name[UNIX_SOCKET_PATH_MAX] = '\0';
	ck_assert_int_eq(unix_socket_listen(name, 0600, (uid_t)-1, (gid_t)-1, &fd), 0);
	fd_close(fd);
	ck_assert_int_eq(connect_to(name, &fd), -ECONNREFUSED);
}
END_TEST

START_TEST(a_folder_is_made_and_must_not_be_anybodys)
{
	char inside[96];
	struct stat st;

	(void)snprintf(inside, sizeof inside, "%s/new/s.sock", dir);
	ck_assert_int_eq(unix_socket_folder(inside), 0);
	ck_assert_int_eq(unix_socket_folder(inside), 0);
	*strrchr(inside, '/') = '\0';
	ck_assert_int_eq(stat(inside, &st), 0);
	ck_assert_int_eq(chmod(dir, 0777), 0);
	ck_assert_int_eq(unix_socket_folder(path), -EPERM);
	ck_assert_int_eq(chmod(dir, 01777), 0);
	ck_assert_int_eq(unix_socket_folder(path), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("unix_socket");
	TCase *tc = harness_case(s, "lock");

	tcase_add_checked_fixture(tc, dir_make, dir_remove);
	tcase_add_test(tc, the_second_holder_is_refused_and_told_who_the_first_is);
	tcase_add_test(tc, a_lock_lives_as_long_as_one_copy_of_it);
	tcase_add_test(tc, a_lock_on_a_removed_file_does_not_count);
	tcase_add_test(tc, a_lock_file_is_nobody_elses_and_no_link_is_followed);

	tc = harness_case(s, "socket");
	tcase_add_checked_fixture(tc, dir_make, dir_remove);
	tcase_add_test(tc, the_socket_has_its_mode_and_takes_clients_whose_uid_is_known);
	tcase_add_test(tc, a_stale_socket_is_replaced);
	tcase_add_test(tc, a_file_that_is_no_socket_is_left_alone);
	tcase_add_test(tc, nothing_stays_after_the_removal);
	tcase_add_test(tc, paths_are_bounded);
	tcase_add_test(tc, a_folder_is_made_and_must_not_be_anybodys);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
