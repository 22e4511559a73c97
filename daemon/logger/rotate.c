/* SPDX-License-Identifier: MIT */
#include "daemon/logger/rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

int rotate_name(char *ret, size_t size, const char *path, int k)
{
	int n;

	if (k)
		n = snprintf(ret, size, "%s.%d", path, k);
	else
		n = snprintf(ret, size, "%s", path);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* The first of 1…@backups that is free, or @backups: that one is overwritten. */
static int first_gap(const char *path, int backups)
{
	char name[PATH_MAX];

	for (int k = 1; k < backups; k++)
		if (rotate_name(name, sizeof name, path, k) < 0 ||
		    faccessat(AT_FDCWD, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			return k;
	return backups;
}

int rotate_shift(const char *path, int backups)
{
	char from[PATH_MAX], to[PATH_MAX];
	int r;

	if (backups <= 0)
		return 0;
	for (int k = first_gap(path, backups); k > 0; k--) {
		r = rotate_name(from, sizeof from, path, k - 1);
		if (r == 0)
			r = rotate_name(to, sizeof to, path, k);
		if (r < 0)
			return r;
		if (rename(from, to) < 0 && errno != ENOENT)
			return -errno;
	}
	return 0;
}
