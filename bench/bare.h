/* SPDX-License-Identifier: MIT */
/*
 * bare.h - the same work done by bare system calls: what a supervisor can at best come near.
 *
 * vfork() and execve() without a library between, no pipes, no files, no process groups, no
 * bookkeeping but an array of pids; children are awaited with a blocking waitpid(). Nothing
 * that does more can be faster in kind, so a ratio of 1 is the end of the road.
 */
#pragma once

#include "bench/probe.h"

/* Start @argv[0] with its arguments, NULL-ended. */
pid_t bare_spawn(const char *const *argv);

/* Start @n; then their pids. */
void bare_start(const char *const *argv, int n, pid_t *ret_pids);

/* SIGTERM to each of @n, then reap each; the time it took. */
int64_t bare_stop(const pid_t *pids, int n);

/* A process of its own that keeps @n running: reaps and starts again until it is killed. */
pid_t bare_keeper(const char *const *argv, int n);

/* End it and all it keeps. */
void bare_keeper_end(pid_t keeper);
