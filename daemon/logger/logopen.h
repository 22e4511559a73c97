/* SPDX-License-Identifier: MIT */
/*
 * logopen.h - opens what the configuration names as a log, without being led astray. Blocks.
 *
 * Who may write to a directory on the way could put a link there that leads elsewhere. A link
 * is followed only where nobody but root and ourselves could have put it; a file in a directory
 * that others may write to must be root's or ours, and have no other name.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* The directory of a log and its name in there, which is no link but perhaps a doubtful one. */
struct logplace {
	int dir; /* good for ...at() calls only */
	bool safe; /* nobody but root and us can make, rename or remove entries there */
	char name[256];
};

/* 0 and *@ret, or -errno: -ELOOP is a link of doubtful origin. */
_must_check_ int logplace_open(struct logplace *ret, const char *path);
void logplace_done(struct logplace *p);

/* As openat(2), never waiting for another side, never making a terminal ours. A descriptor, or
 * -errno: -ELOOP it is a link, -EMLINK it has other names too, -EPERM it is somebody else's. */
_must_check_ int logplace_file(const struct logplace *p, const char *name, int flags,
			       mode_t mode, struct stat *ret);

/* Both at once. What is in /dev and /proc is opened as it is. */
_must_check_ int log_open(const char *path, int flags, mode_t mode);

/* Is it in /dev or /proc, where links are the system's; /dev/shm has files. */
bool log_is_device(const char *path);

/* The number of the descriptor that @path stands for: /dev/stdout, /dev/fd/N and the like.
 * Negative: none. */
int log_own_fd(const char *path);
