/* SPDX-License-Identifier: MIT */
/*
 * times.h - when what was written: beside each log, .NAME.times says so now and then. Blocks.
 *
 * A record is a time, a file by its inode, and how long that was then: rotation renames nothing
 * here. The newest are close together, the older ones sparse; the file stays small. All of it
 * is for reading by time only: without it, the time of a file counts for all its lines.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

enum {
	TIMES_EVERY_MS = 500,
	TIMES_RECORDS = 4096, /* at most; then every second of the older ones goes */
	TIMES_NAME = 256 + 16,
};

struct times_record {
	int64_t ms; /* wall clock; -1: ino is what packing made of the inode in off */
	uint64_t ino;
	int64_t off; /* what comes from here on was written then or later */
};

struct times {
	struct times_record *v;
	size_t n;
};

#define TIMES_INIT                                                                             \
	{                                                                                      \
		NULL, 0                                                                        \
	}

void times_name(char ret[TIMES_NAME], const char *name);

/* Add one for the log @name in @dir. What fails, fails: nothing depends on it. */
void times_note(int dir, const char *name, struct times_record r);

/* All that is noted; none is no fault. */
void times_read(struct times *t, int dir, const char *name);
void times_done(struct times *t);

/* The inode that a file had before it was packed, or @ino. */
uint64_t times_origin(const struct times *t, uint64_t ino);

/* When byte @off of file @ino was written, 0: unknown. */
int64_t times_at(const struct times *t, uint64_t ino, int64_t off);

/* Where to begin to read in file @ino for what was written at @ms or later. */
int64_t times_offset(const struct times *t, uint64_t ino, int64_t ms);
