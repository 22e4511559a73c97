/* SPDX-License-Identifier: MIT */
/*
 * A path without links is one openat2(2). Otherwise it is walked step by step, and each link is
 * looked at before it is followed. Directories are held by O_PATH descriptors: what was looked
 * at is what is used.
 */
#include "daemon/logger/logopen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

enum {
	LINKS_MAX = 16,
	DIR_FLAGS = O_PATH | O_DIRECTORY | O_CLOEXEC,
};

static bool ours(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

static bool dir_safe(const struct stat *dir)
{
	return ours(dir->st_uid) && !(dir->st_mode & (S_IWGRP | S_IWOTH));
}

/* In a sticky directory others can add a link, but not put it in the place of one of ours. */
static bool link_safe(int dir, const struct stat *link)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return false;
	if (dir_safe(&st))
		return true;
	return ours(st.st_uid) && (st.st_mode & S_ISVTX) && ours(link->st_uid);
}

/* A walk: what is left of the path, and where it stands. */
struct walk {
	int at;
	int links;
	char rest[PATH_MAX];
};

static int restart(struct walk *w)
{
	int fd = *w->rest == '/' ? open("/", DIR_FLAGS) : open(".", DIR_FLAGS);

	if (fd < 0)
		return -errno;
	fd_close(w->at);
	w->at = fd;
	return 0;
}

/* Put what the link @name in w->at says in front of @rest, which is what comes after it. */
static int follow(struct walk *w, const char *name, const struct stat *st, const char *rest)
{
	char to[PATH_MAX];
	ssize_t n;

	if (!link_safe(w->at, st) || ++w->links > LINKS_MAX)
		return -ELOOP;
	n = readlinkat(w->at, name, to, sizeof to - 1);
	if (n < 0)
		return -errno;
	to[n] = '\0';
	if ((size_t)n + 1 + strlen(rest) >= sizeof to)
		return -ENAMETOOLONG;
	if (*rest) {
		to[n] = '/';
		strcpy(to + n + 1, rest);
	}
	strcpy(w->rest, to);
	return *to == '/' ? restart(w) : 0;
}

/* Cut the first name off: where the rest begins, "" at the last. */
static const char *cut_name(const struct walk *w, char *name, size_t size)
{
	const char *begin = w->rest + strspn(w->rest, "/");
	const size_t len = strcspn(begin, "/");

	if (len >= size)
		return NULL;
	memcpy(name, begin, len);
	name[len] = '\0';
	return begin + len + strspn(begin + len, "/");
}

/* One name further: 0 went on, 1 @ret has the last one, or -errno. */
static int step(struct walk *w, struct logplace *ret)
{
	char name[sizeof ret->name];
	const char *rest = cut_name(w, name, sizeof name);
	struct stat st;
	int fd;

	if (!rest)
		return -ENAMETOOLONG;
	if (!*name)
		return -EISDIR;
	if (fstatat(w->at, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT || *rest)
			return -errno;
		st.st_mode = 0;
	}
	/* A doubtful one at the end is the name itself: it is not opened, but can be set aside.
	 */
	if (S_ISLNK(st.st_mode) && (*rest || link_safe(w->at, &st)))
		return follow(w, name, &st, rest);
	if (!*rest) {
		strcpy(ret->name, name);
		return 1;
	}
	fd = openat(w->at, name, DIR_FLAGS | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	fd_close(w->at);
	w->at = fd;
	memmove(w->rest, rest, strlen(rest) + 1);
	return 0;
}

static int walk(struct walk *w, struct logplace *ret)
{
	int r = 0;

	while (r == 0)
		r = step(w, ret);
	return r < 0 ? r : 0;
}

/* All but the last name, if there is no link; w->rest is the last name then. */
static void leap(struct walk *w)
{
	const struct open_how how = { .flags = DIR_FLAGS, .resolve = RESOLVE_NO_SYMLINKS };
	char *slash = strrchr(w->rest, '/');
	long fd;

	if (!slash || slash == w->rest)
		return;
	*slash = '\0';
	fd = syscall(SYS_openat2, AT_FDCWD, w->rest, &how, sizeof how);
	*slash = '/';
	if (fd < 0)
		return;
	fd_close(w->at);
	w->at = (int)fd;
	memmove(w->rest, slash + 1, strlen(slash + 1) + 1);
}

int logplace_open(struct logplace *ret, const char *path)
{
	struct walk w = { .at = -1 };
	struct stat st;
	int r;

	if (strlen(path) >= sizeof w.rest)
		return -ENAMETOOLONG;
	strcpy(w.rest, path);
	r = restart(&w);
	if (r == 0) {
		leap(&w);
		r = walk(&w, ret);
	}
	if (r == 0 && fstat(w.at, &st) < 0)
		r = -errno;
	if (r < 0) {
		fd_close(w.at);
		return r;
	}
	ret->dir = w.at;
	ret->safe = dir_safe(&st);
	return 0;
}

void logplace_done(struct logplace *p)
{
	p->dir = fd_close(p->dir);
}

int logplace_file(const struct logplace *p, const char *name, int flags, mode_t mode,
		  struct stat *ret)
{
	_cleanup_(closep) int fd = openat(
		p->dir, name, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW, mode);

	if (fd < 0 || fstat(fd, ret) < 0)
		return -errno;
	if (S_ISDIR(ret->st_mode))
		return -EISDIR;
	if (!p->safe && S_ISREG(ret->st_mode) && ret->st_nlink > 1)
		return -EMLINK;
	if (!p->safe && !ours(ret->st_uid))
		return -EPERM;
	return TAKE_FD(fd);
}

bool log_is_device(const char *path)
{
	if (strncmp(path, "/dev/shm/", 9) == 0)
		return false;
	return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
}

int log_open(const char *path, int flags, mode_t mode)
{
	struct logplace p;
	struct stat st;
	int fd;

	if (log_is_device(path)) {
		fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, mode);
		return fd < 0 ? -errno : fd;
	}
	fd = logplace_open(&p, path);
	if (fd < 0)
		return fd;
	fd = logplace_file(&p, p.name, flags, mode, &st);
	logplace_done(&p);
	return fd;
}

int log_own_fd(const char *path)
{
	static const char *const dirs[] = { "/dev/fd/", "/proc/self/fd/" };

	if (strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		size_t len = strlen(dirs[i]);
		const char *digits = path + len;

		if (strncmp(path, dirs[i], len) != 0)
			continue;
		if (*digits && strspn(digits, "0123456789") == strlen(digits) &&
		    strlen(digits) < 9)
			return atoi(digits);
	}
	return -1;
}
