/* SPDX-License-Identifier: MIT */
/*
 * work.h - one piece of work at a log: what a thread of the pool gets, and gives back.
 *
 * A target (target.h) has one of these. While it is submitted, all of it belongs to the thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "daemon/logger/chunk.h"
#include "daemon/logger/iopool.h"
#include "daemon/logger/logfile.h"
#include "daemon/logger/reader.h"

enum op { OP_NONE, OP_WRITE, OP_READ, OP_CREATE, OP_CLOSE };

struct work {
	struct iojob job;
	enum op op;
	struct logrule rule;
	struct logfile file;
	struct chunk *chunk; /* WRITE */
	size_t from, done; /* bytes of chunk that were written before, and are now */
	int error; /* WRITE, CREATE: 0 or -errno */
	struct reader *reader; /* READ */
};

/* To be called on a thread: does @w->op. */
void work_do(struct work *w);
