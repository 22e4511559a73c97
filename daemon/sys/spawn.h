/* SPDX-License-Identifier: MIT */
/*
 * spawn.h - the parent's side of a fork, which waits for nothing.
 */
#pragma once

#include "base/cleanup.h"
#include "daemon/sys/child.h"

struct spawned {
	pid_t pid;
	int pidfd; /* -1: the kernel has none */
	int report; /* the end to read reports from: spawn_report() */
};

/*
 * Fork a child that carries out @plan (its `report` is filled in here). 0 and *@ret, whose
 * descriptors are the caller's then; or -errno: there is no child.
 */
_must_check_ int spawn_fork(struct child_plan *plan, struct spawned *ret);

/* What the child has said: nothing more yet, that a plan like its own may be quick, that it is
 * the program now (or was killed on the way), or *@ret. Never blocks. */
enum spawn_word { SPAWN_SILENT, SPAWN_LOCAL, SPAWN_DONE, SPAWN_FAILED };
enum spawn_word spawn_report(int report, struct child_report *ret);
