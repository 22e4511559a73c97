/* SPDX-License-Identifier: MIT */
/*
 * journal.h - the lines of the daemon's log that tell the life of processes.
 *
 * Word for word supervisord's (its process.py and supervisord.py), because people and tools
 * match on them.
 */
#pragma once

#include "daemon/manager/manager.h"

void journal_spawned(struct manager *m, const struct unit *u, int32_t pid);

/* @u shows another state than before; @p is how it stands. */
void journal_state(struct manager *m, const struct unit *u, const struct proc *p,
		   enum proc_seen seen, enum proc_seen before);

/* A start that failed before there was a program. */
void journal_start_failed(struct manager *m, const struct unit *u, const struct proc *p);

/* The end of an incarnation, which was as in @before, and is as in @p by now. */
void journal_exited(struct manager *m, const struct unit *u, const struct proc *p,
		    const struct proc *before, int wait_status);

void journal_kill(struct manager *m, const struct unit *u, const struct proc *p);

/* "waiting for a, b to die": every few seconds of a shutdown. */
void journal_waiting(struct manager *m);
