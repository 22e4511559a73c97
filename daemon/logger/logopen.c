/* SPDX-License-Identifier: MIT */
#include "daemon/logger/logopen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

static bool ours(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

/* The directory that @path is in. */
static int stat_dir(const char *path, struct stat *ret)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	size_t len;

	if (!slash)
		return stat(".", ret) < 0 ? -errno : 0;
	len = slash == path ? 1 : (size_t)(slash - path);
	if (len >= sizeof dir)
		return -ENAMETOOLONG;
	memcpy(dir, path, len);
	dir[len] = '\0';
	return stat(dir, ret) < 0 ? -errno : 0;
}

/* Nobody but root and us can make, rename or remove entries there. */
static bool dir_safe(const struct stat *dir)
{
	return ours(dir->st_uid) && !(dir->st_mode & (S_IWGRP | S_IWOTH));
}

/* In a sticky directory others can add a link, but not put it in the place of one of ours. */
static bool link_safe(const char *path)
{
	struct stat dir, link;

	if (stat_dir(path, &dir) < 0)
		return false;
	if (dir_safe(&dir))
		return true;
	return ours(dir.st_uid) && (dir.st_mode & S_ISVTX) && lstat(path, &link) == 0 &&
	       ours(link.st_uid);
}

static bool has_other_names(int fd, const char *path)
{
	struct stat st, dir;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink <= 1)
		return false;
	return stat_dir(path, &dir) < 0 || !dir_safe(&dir);
}

int log_open(const char *path, int flags, mode_t mode)
{
	_cleanup_(closep) int fd = -1;

	flags |= O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	fd = open(path, flags | O_NOFOLLOW, mode);
	if (fd < 0 && errno == ELOOP) {
		if (!link_safe(path))
			return -ELOOP;
		fd = open(path, flags, mode);
	}
	if (fd < 0)
		return -errno;
	if (has_other_names(fd, path))
		return -EMLINK;
	return TAKE_FD(fd);
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
