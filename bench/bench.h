/* SPDX-License-Identifier: MIT */
/*
 * bench.h - what the parts of a run share, and the table that they print.
 */
#pragma once

#include "bench/bare.h"
#include "bench/daemon.h"

enum { REPEATS_MAX = 200 };

struct bench {
	struct probe probe;
	struct daemon daemon;
	char waiting[800], exiting[800]; /* command lines of the child */
	const char *argv_wait[4], *argv_exit[4];
	int quick;
	int missed;
};

/* A line of the table; @target 0: there is none. @least: the figure may not be below it. */
void row(struct bench *b, const char *what, double figure, const char *unit, double target,
	 int least);

/* jobs.c: reevectl run and map, beside xargs, parallel and a shell's pipeline. */
void bench_map(struct bench *b);
void bench_pipe(struct bench *b);
