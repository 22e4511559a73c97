/* SPDX-License-Identifier: MIT */
/*
 * bare.h - the same work done by bare system calls: what a supervisor can at best come near.
 *
 * No library between, no pipes, no files, no process groups, no bookkeeping but an array of
 * pids; children are awaited with a blocking waitpid(). There are two forms, for neither is
 * always the better one: vfork() copies nothing, but holds its caller until the exec; fork() of
 * so small a process lets two execs go on at a time. What is compared is the better of the two.
 */
#pragma once

#include "bench/probe.h"

enum bare_form { BARE_VFORK, BARE_FORK };
#define BARE_FORMS 2

/* "vfork" or "fork". */
const char *bare_name(enum bare_form form);

/* Start @n times @argv[0] with its arguments, NULL-ended. */
void bare_start(enum bare_form form, const char *const *argv, int n, pid_t *ret_pids);

/* SIGTERM to each of @n, then reap each; the time it took. */
int64_t bare_stop(const pid_t *pids, int n);

/* A process of its own that keeps @n running: reaps and starts again until it is killed. */
pid_t bare_keeper(enum bare_form form, const char *const *argv, int n);

/* End it and all it keeps. */
void bare_keeper_end(pid_t keeper);
