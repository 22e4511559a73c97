/* SPDX-License-Identifier: MIT */
/*
 * slot.h - a process that the keeper has, as slots.c and launch.c keep it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"
#include "base/mono.h"
#include "daemon/sys/stranger.h"

struct stored;
struct notice;

/* A stream of a process: its read end, kept over restarts. */
struct pipe_end {
	int fd; /* -1: never made */
	bool told; /* the present logger has it */
	int ahead; /* a write end for who may come next; -1: none */
	struct stored *stored;
};

/* What it had used when it was reaped, and when that was. */
struct slot_end {
	uint64_t utime_us, stime_us, maxrss_kb;
	bool leftovers; /* others of its group lived on */
	bool oom; /* the kernel killed in its control group for want of memory */
	int64_t wall_ms;
};

/* A process: what it is now, or how its last incarnation ended. */
struct slot {
	uint32_t id, gen;
	pid_t pid; /* 0: none */
	int pidfd, report; /* -1: none */
	struct identity who; /* as far as the book has it: book.h */
	bool adopted; /* an earlier keeper's child, and so nobody's that we can wait for */
	struct list with; /* the others like it: adopted.h */
	mono_t status_until; /* it has ended, and how may be known until then */
	bool stopped; /* as far as we have heard */
	bool wake; /* if it turns out to be stopped, it is to go on */
	bool asked; /* it was sent a signal: its end is no surprise */
	bool exec_done;
	bool ended; /* the record below counts, until SETTLED */
	bool lost; /* and nobody knows how */
	int wait_status, exec_error, exec_stage;
	uint32_t place; /* in the book */
	struct stored *stored; /* its pidfd */
	int notify; /* what it says of itself comes here; -1: nothing */
	struct stored *notify_stored;
	struct notice *said; /* that still holds; NULL: nothing */
	uint32_t dropped; /* messages that did not count */
	struct pipe_end pipes[2];
	struct slot_end end; /* of the same record */
	uint64_t starts; /* quick_key() of the present one */
	bool forgotten; /* waits only for a logger to take its pipes */
	struct list untold; /* in keeper.untold: the logger does not have all of its pipes */
	struct list launching; /* in keeper.launching while it is on its way to exec */
	mono_t exec_due;
};
