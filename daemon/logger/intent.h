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

#include <stdint.h>

/* At most n bytes of a pipe go to [at, at + n) of a chunk. The position of the arena's file
 * tells how many came. */
struct read_intent {
	uint32_t n; /* 0: none; set last, cleared first */
	uint32_t at;
};

/* Bytes [from, from + n) of a chunk go to the end of a file. Its size tells how many did. */
struct write_intent {
	uint32_t n; /* 0: none; set last, cleared first */
	uint32_t from;
	uint64_t dev, ino; /* which file, and how large it was */
	int64_t size;
};
