/* SPDX-License-Identifier: MIT */
/*
 * intent.h - what is written down before a call that a SIGKILL may cut off from its answer.
 *
 * Both live in the memory that the keeper holds (arena.h). A process that is killed inside of a
 * system call finishes it, and dies before it can note what came of it. So it notes before what
 * it is about to do, and its successor finds out how far that went: exact.h for reads,
 * logfile.h for writes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { SENTINEL_BYTES = 16 };

/* Bytes of a pipe go to [at, at + n) of a chunk. */
struct read_intent {
	uint32_t n; /* 0: none; set last, cleared first */
	uint32_t at;
	/* With it, all of them: it stands where the last ones will come. Without, at most so
	 * many: the position of the arena's file tells. */
	bool by_sentinel;
	unsigned char sentinel[SENTINEL_BYTES];
};

/* Bytes [from, from + n) of a chunk go to the end of a file. Its size tells how many did. */
struct write_intent {
	uint32_t n; /* 0: none; set last, cleared first */
	uint32_t from;
	uint64_t dev, ino; /* which file, and how large it was */
	int64_t size;
};
