/* SPDX-License-Identifier: MIT */
#include "daemon/logger/rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

static const enum log_pack forms[] = { LOG_PACK_GZIP, LOG_PACK_ZSTD, LOG_PACK_NONE };

const char *rotate_suffix(enum log_pack pack)
{
	switch (pack) {
	case LOG_PACK_GZIP:
		return ".gz";
	case LOG_PACK_ZSTD:
		return ".zst";
	case LOG_PACK_NONE:
		break;
	}
	return "";
}

void rotate_name(char ret[ROTATE_NAME], const char *name, int k, enum log_pack pack)
{
	if (k)
		(void)snprintf(ret, ROTATE_NAME, "%.255s.%d%s", name, k, rotate_suffix(pack));
	else
		(void)snprintf(ret, ROTATE_NAME, "%.255s", name);
}

static bool there(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int rotate_find(char ret[ROTATE_NAME], int dir, const char *name, int k,
		enum log_pack *ret_pack)
{
	for (size_t i = k ? 0 : ARRAY_SIZE(forms) - 1; i < ARRAY_SIZE(forms); i++) {
		rotate_name(ret, name, k, forms[i]);
		if (!there(dir, ret))
			continue;
		*ret_pack = forms[i];
		return 0;
	}
	return -ENOENT;
}

/* Packed, it is whole: a packed file gets its name when it is. */
static void remove_double(int dir, const char *name, int k, enum log_pack pack)
{
	char plain[ROTATE_NAME];

	if (pack == LOG_PACK_NONE)
		return;
	rotate_name(plain, name, k, LOG_PACK_NONE);
	(void)unlinkat(dir, plain, 0);
}

/* The first of 1…@backups that is free, or @backups: that one falls out. */
static int first_gap(int dir, const char *name, int backups)
{
	char at[ROTATE_NAME];
	enum log_pack pack;

	for (int k = 1; k <= backups; k++) {
		if (rotate_find(at, dir, name, k, &pack) < 0)
			return k;
		remove_double(dir, name, k, pack);
		if (k == backups && unlinkat(dir, at, 0) < 0 && errno != ENOENT)
			return -errno;
	}
	return backups;
}

int rotate_shift(int dir, const char *name, int backups)
{
	int k;

	if (backups <= 0)
		return 0;
	for (k = first_gap(dir, name, backups); k > 0; k--) {
		char from[ROTATE_NAME], to[ROTATE_NAME];
		enum log_pack pack;

		if (rotate_find(from, dir, name, k - 1, &pack) < 0)
			continue;
		rotate_name(to, name, k, pack);
		if (renameat(dir, from, dir, to) < 0 && errno != ENOENT)
			return -errno;
	}
	return k;
}

static bool is_same(int dir, const char *name, const struct stat *st)
{
	struct stat here;

	return fstatat(dir, name, &here, AT_SYMLINK_NOFOLLOW) == 0 &&
	       here.st_dev == st->st_dev && here.st_ino == st->st_ino;
}

int rotate_packed(int dir, const char *name, int backups, const struct stat *from,
		  const char *temp, enum log_pack pack)
{
	for (int k = 1; k <= backups; k++) {
		char plain[ROTATE_NAME], packed[ROTATE_NAME];

		rotate_name(plain, name, k, LOG_PACK_NONE);
		if (!is_same(dir, plain, from))
			continue;
		rotate_name(packed, name, k, pack);
		if (renameat(dir, temp, dir, packed) < 0)
			return -errno;
		return unlinkat(dir, plain, 0) < 0 ? -errno : 0;
	}
	(void)unlinkat(dir, temp, 0);
	return -ENOENT;
}
