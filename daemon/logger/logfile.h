/* SPDX-License-Identifier: MIT */
/*
 * logfile.h - one log on disk: opened with care, appended to, rotated, read back.
 *
 * Everything here can wait for a disk: it runs on the threads of iopool.h, one call at a time
 * for a file. A path may also name something that is no file: our own standard output
 * (/dev/stdout, /dev/fd/1, /proc/self/fd/1 and so on: a duplicate), a terminal, a FIFO. Such a
 * thing is never sought in, never rotated, and opened without waiting for its reader.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* What the configuration says; @path is borrowed. */
struct logrule {
	const char *path;
	int64_t maxbytes; /* 0: never rotate */
	int backups;
	bool private_file; /* mode 0600, and nobody else's */
	bool followed; /* somebody reads along: the old file must outlive its name */
};

struct logfile {
	int fd; /* -1: not open */
	bool regular;
	int64_t size;
	dev_t dev;
	ino_t ino;
	uint64_t gen; /* counts the files that had the name; 0: never opened */
	uint64_t named_gen; /* the oldest of them that still has a name, PATH.(gen - this) */
	int rotate_error; /* of the last append: -errno of a rotation that failed */
};

#define LOGFILE_INIT                                                                           \
	{                                                                                      \
		.fd = -1                                                                       \
	}

/* Open @f, unless it is. Missing files are made, missing directories not. 0 or -errno. */
_must_check_ int logfile_open(struct logfile *f, const struct logrule *rule);

/* Append, then rotate if it is due. *@ret_done: how much was written, also on failure. 0,
 * -EAGAIN (the other side does not take more now), or -errno: @f is closed. */
_must_check_ int logfile_append(struct logfile *f, const struct logrule *rule, const char *data,
				size_t len, size_t *ret_done);

void logfile_close(struct logfile *f);

/* Where somebody is who reads a log, over all its rotations. */
struct cursor {
	int fd; /* -1: not begun */
	uint64_t gen;
	int64_t off;
	int64_t end; /* stop there; INT64_MAX: never */
};

#define CURSOR_INIT                                                                            \
	{                                                                                      \
		.fd = -1                                                                       \
	}

/* Begin @bytes before the present end, or at the beginning if there are fewer. Without
 * @follow, the present end is where it stops. 0 or -errno; -ESPIPE: not a file. */
_must_check_ int cursor_begin(struct cursor *c, struct logfile *f, const struct logrule *rule,
			      uint64_t bytes, bool follow);

/* The next bytes; 0: there are none now (or ever, when not following). Or -errno. */
_must_check_ ssize_t cursor_read(struct cursor *c, const struct logfile *f,
				 const struct logrule *rule, char *buf, size_t len);

void cursor_end(struct cursor *c);
