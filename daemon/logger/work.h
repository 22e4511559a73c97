/* SPDX-License-Identifier: MIT */
/*
 * work.h - one piece of work at a log: what a thread of the pool gets, and gives back.
 *
 * A target (target.h) has one of these. While it is submitted, all of it belongs to the thread,
 * but pump.state.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "daemon/logger/arena.h"
#include "daemon/logger/iopool.h"
#include "daemon/logger/logfile.h"
#include "daemon/logger/packing.h"
#include "daemon/logger/reader.h"

enum op {
	OP_NONE,
	OP_WRITE,
	OP_PUMP,
	OP_READ,
	OP_CREATE,
	OP_CLOSE,
	OP_ROTATE,
	OP_CLEAR,
	OP_COMMIT, /* what was packed */
	OP_TRIM
};

enum {
	PUMP_MS = 100, /* one go */
	PUMP_WAIT_MS = 5, /* for something to read; it ends if that is not much */
};

/* A pipe that a thread reads by itself, for a program that prints very much. */
enum pump_state { PUMP_MAY_READ, PUMP_READS, PUMP_STOP };
struct pump {
	int fd;
	_Atomic int state; /* the loop may change MAY_READ to STOP, and read on its own */
	uint64_t got;
};

struct work {
	struct iojob job;
	enum op op;
	struct arena *arena;
	struct logrule rule;
	struct logfile file;
	struct chunk *chunk; /* WRITE, PUMP */
	struct pump pump;
	uint64_t written; /* WRITE, PUMP: bytes */
	int error; /* 0 or -errno */
	struct reader *reader; /* READ */
	struct packing packing; /* COMMIT */
	int64_t trim_ms; /* TRIM */
};

/* To be called on a thread: does @w->op. */
void work_do(struct work *w);

/* The loop wants to read itself. False: the thread reads just now. */
bool pump_stop(struct pump *p);
