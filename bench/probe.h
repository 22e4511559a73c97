/* SPDX-License-Identifier: MIT */
/*
 * probe.h - sees children arrive at main(), reads the clock, /proc and medians.
 *
 * Every function ends the program with a message if it cannot do its work.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MS 1000000LL
#define S  1000000000LL

/* What a child writes to the FIFO, in one piece. */
struct arrival {
	int64_t at; /* CLOCK_MONOTONIC, nanoseconds */
	int32_t pid;
	int32_t unused;
};

struct probe {
	char dir[200]; /* all that a run makes is in here */
	char fifo[220];
	int fd;
};

int64_t now(void);

/* Make the folder and the FIFO; take them away. */
void probe_open(struct probe *p);
void probe_close(struct probe *p);

/* The next child to arrive. */
struct arrival probe_next(struct probe *p);

/* When the last of the next @n arrived; *@ret_first, if not NULL: the first. */
int64_t probe_wait(struct probe *p, int n, int64_t *ret_first);

/* Forget who has arrived, and count them. */
long probe_drain(struct probe *p);

double median(double *v, size_t n);

/* Of a process: proportional set size in KiB; voluntary context switches of all threads. */
long pss_kb(pid_t pid);
long wakeups(pid_t pid);

/* The child of @parent called @comm. */
pid_t child_called(pid_t parent, const char *comm);

__attribute__((format(printf, 1, 2))) _Noreturn void die(const char *fmt, ...);
