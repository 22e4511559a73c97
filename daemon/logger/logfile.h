/* SPDX-License-Identifier: MIT */
/*
 * logfile.h - one log on disk: opened with care, appended to, rotated.
 *
 * Everything here can wait for a disk: it runs on the threads of iopool.h, one call at a time
 * for a file. A path may also name something that is no file: our own standard output
 * (/dev/stdout, /dev/fd/1, /proc/self/fd/1 and so on: a duplicate), a terminal, a FIFO. Such a
 * thing is never sought in, never rotated, and opened without waiting for its reader.
 *
 * Others may remove, move or replace the file: then it is made again under its name.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "daemon/logger/arena.h"
#include "daemon/logger/logrule.h"

enum { LOGFILE_LOOK_MS = 2000 }; /* so often: is it still the file of that name */

struct logfile {
	int fd; /* -1: not open */
	bool regular;
	int64_t size;
	bool midline; /* what was written last is no whole line */
	int64_t born_ms; /* wall clock: when it began, 0: unknown */
	int64_t looked_ms;
	int64_t wall_ms; /* of this append */
	int64_t noted_ms; /* see times.h */
	dev_t dev;
	ino_t ino;
	uint64_t gen; /* counts the files that had the name; 0: never opened */
	uint64_t named_gen; /* the oldest of them that still has a name, PATH.(gen - this) */
	int rotate_error; /* of the last append: -errno of a rotation that failed */
	unsigned rotated; /* how often */
	int refused; /* -errno: what was under the name was not to be trusted, and set aside */
};

#define LOGFILE_INIT                                                                           \
	{                                                                                      \
		.fd = -1                                                                       \
	}

/* Open @f, unless it is. Missing files are made, missing directories not. 0 or -errno. */
_must_check_ int logfile_open(struct logfile *f, const struct logrule *rule);

/*
 * Append what is in @c, and note in c->done how far that went; rotate when it is due. @wall_ms:
 * the wall clock. 0, -EAGAIN (the other side does not take more now), or -errno: @f is closed.
 */
_must_check_ int logfile_append(struct logfile *f, const struct logrule *rule, struct chunk *c,
				int64_t wall_ms);

/* Rotate now, if there is anything in it. 0 or -errno. */
_must_check_ int logfile_rotate(struct logfile *f, const struct logrule *rule, int64_t wall_ms);

/* Remove it with all its backups and begin anew. 0 or -errno. */
_must_check_ int logfile_clear(struct logfile *f, const struct logrule *rule);

void logfile_close(struct logfile *f);
