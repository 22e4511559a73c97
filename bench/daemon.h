/* SPDX-License-Identifier: MIT */
/*
 * daemon.h - an instance of ours to be measured, in the folder of a probe.
 */
#pragma once

#include "bench/probe.h"

struct daemon {
	const char *programs; /* folder of reeved and reevectl */
	char conf[240];
	pid_t keeper;
	int64_t started; /* just before it was executed */
};

/* Start an instance with @n copies of @command and, for each, the lines @keys. */
void daemon_start(struct daemon *d, struct probe *p, int n, const char *command,
		  const char *keys);

/* SIGTERM and reap it; the time until everything was gone. */
int64_t daemon_stop(struct daemon *d);

/* Wait until reevectl says that @n processes are RUNNING. */
void daemon_settled(struct daemon *d, int n);

/* Run "reevectl WORD"; the time from start to end. */
int64_t daemon_ctl(struct daemon *d, const char *word);

/* Keeper, manager and logger together. */
long daemon_pss_kb(const struct daemon *d);
long daemon_wakeups(const struct daemon *d);
