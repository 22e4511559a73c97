/* SPDX-License-Identifier: MIT */
/*
 * unix_socket.c - lock first, then bind under another name, then rename.
 *
 * The lock, not a connection attempt, says whether somebody is there: a holder that is too busy
 * to answer is still a holder. With the lock held nobody else touches the socket's names, so a
 * file that is in the way is a dead holder's and may go. The rename makes the socket visible
 * only when its mode and owner are right, and replaces a stale one without a gap.
 */
#include "daemon/sys/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>

#define SUFFIX_LOCK ".lock"
#define SUFFIX_NEW  ".new"

enum { NAME_SIZE = UNIX_SOCKET_PATH_MAX + sizeof SUFFIX_LOCK };

_Static_assert(UNIX_SOCKET_PATH_MAX + sizeof SUFFIX_NEW <=
		       sizeof((struct sockaddr_un *)0)->sun_path,
	       "the longest path and its suffix fit");

/* 0 or -ENAMETOOLONG. */
static int with_suffix(char name[NAME_SIZE], const char *path, const char *suffix)
{
	if (strlen(path) > UNIX_SOCKET_PATH_MAX)
		return -ENAMETOOLONG;
	(void)snprintf(name, NAME_SIZE, "%s%s", path, suffix);
	return 0;
}

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	memcpy(at.sun_path, path, strnlen(path, sizeof at.sun_path - 1));
	return at;
}

/* --- the lock ---------------------------------------------------------------------------- */

static pid_t read_pid(int fd)
{
	char text[16];
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return (pid_t)strtol(text, NULL, 10);
}

static int write_pid(int fd, pid_t pid)
{
	char text[16];
	int len = snprintf(text, sizeof text, "%d\n", (int)pid);

	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)len, 0) != len)
		return -errno;
	return 0;
}

/* Whether @fd is still the file of that name: an earlier holder removes it when it ends. */
static bool still_named(int fd, const char *name)
{
	struct stat have, there;

	return fstat(fd, &have) == 0 && lstat(name, &there) == 0 &&
	       have.st_dev == there.st_dev && have.st_ino == there.st_ino;
}

int unix_socket_lock(const char *path, pid_t pid, int *ret_fd, pid_t *ret_holder)
{
	_cleanup_(closep) int fd = -1;
	char name[NAME_SIZE];
	int r = with_suffix(name, path, SUFFIX_LOCK);

	if (r < 0)
		return r;
	do {
		closep(&fd);
		fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			if (errno != EWOULDBLOCK)
				return -errno;
			*ret_holder = read_pid(fd);
			return UNIX_SOCKET_HELD;
		}
	} while (!still_named(fd, name));

	r = write_pid(fd, pid);
	if (r < 0)
		return r;
	*ret_fd = TAKE_FD(fd);
	return UNIX_SOCKET_OK;
}

/* --- the socket -------------------------------------------------------------------------- */

/* Bind and listen under the other name. fchmod() before bind() makes it nobody else's from its
 * birth, whatever the umask. */
static int listen_at(int fd, const char *name, mode_t mode, uid_t uid, gid_t gid)
{
	const struct sockaddr_un at = address(name);

	if (unlink(name) < 0 && errno != ENOENT)
		return -errno;
	if (fchmod(fd, 0600) < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&at, sizeof at) < 0)
		return -errno;
	if (lchown(name, uid, gid) < 0 || chmod(name, mode) < 0)
		return -errno;
	return listen(fd, SOMAXCONN) < 0 ? -errno : 0;
}

int unix_socket_listen(const char *path, mode_t mode, uid_t uid, gid_t gid, int *ret_fd)
{
	_cleanup_(closep) int fd = -1;
	char name[NAME_SIZE];
	struct stat st;
	int r = with_suffix(name, path, SUFFIX_NEW);

	if (r < 0)
		return r;
	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = listen_at(fd, name, mode, uid, gid);
	if (r == 0 && rename(name, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(name);
		return r;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

void unix_socket_remove(const char *path)
{
	char name[NAME_SIZE];

	if (with_suffix(name, path, SUFFIX_LOCK) < 0)
		return;
	(void)unlink(path);
	(void)unlink(name);
}

/* Whether nobody but root and ourselves can replace what is in the directory. */
static int trust(const struct stat *st)
{
	if (!S_ISDIR(st->st_mode))
		return -ENOTDIR;
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return -EPERM;
	/* Others may write there if they cannot rename what is not theirs. */
	return (st->st_mode & 022) && !(st->st_mode & S_ISVTX) ? -EPERM : 0;
}

int unix_socket_folder(const char *path)
{
	char dir[UNIX_SOCKET_PATH_MAX + 1];
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (strlen(path) > UNIX_SOCKET_PATH_MAX)
		return -ENAMETOOLONG;
	if (!slash || slash == path)
		(void)snprintf(dir, sizeof dir, "%s", slash ? "/" : ".");
	else
		(void)snprintf(dir, sizeof dir, "%.*s", (int)(slash - path), path);
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	return stat(dir, &st) < 0 ? -errno : trust(&st);
}

/* --- clients ----------------------------------------------------------------------------- */

int unix_socket_accept(int listener, int *ret_fd)
{
	const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	*ret_fd = fd;
	return 0;
}

int unix_socket_peer(int fd, struct ucred *ret)
{
	socklen_t len = sizeof *ret;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ret, &len) < 0 ? -errno : 0;
}
