/* SPDX-License-Identifier: MIT */
/*
 * describe.h - what has become of a process, in supervisord's words. Pure.
 *
 * People and tools match on these texts (supervisord's process.py and rpcinterface.py are
 * where they come from); those for what supervisord does not know are ours.
 * All append to @out and return 0 or -ENOMEM.
 */
#pragma once

#include "daemon/manager/unit.h"

/* "exit status 1", "terminated by SIGSEGV (core dumped)". */
_must_check_ int describe_exit(int wait_status, struct buf *out);

/* Why it does not run, or ended as it should not; nothing if there is nothing to say. */
_must_check_ int describe_trouble(const struct unit *u, const struct proc *p, struct buf *out);

/* What could not be started, in the words of its definition. */
struct start_words {
	const char *name;
	const char *command; /* the first word */
	const char *directory, *user;
};

/* Why a start failed: at a stage of the child (daemon/sys/child.h); before there was one. */
_must_check_ int describe_start_error(const struct start_words *w, int stage, int error,
				      struct buf *out);
_must_check_ int describe_no_fork(const char *name, int error, struct buf *out);

/* The last column of status. */
_must_check_ int describe_state(const struct unit *u, const struct proc *p, mono_t now,
				struct buf *out);

/* "file:line" of a definition; empty if it has none. */
_must_check_ int describe_source(const struct process_spec *spec, struct buf *out);

/* supervisord's exitstatus: the code, -1 after a signal, 0 if there is none. */
int describe_exitstatus(const struct proc *p);

/* "stopped", "exited", "too-quick", "exec", "no-fork", "timeout", "lost", "none". */
const char *describe_cause(enum proc_cause cause);
