/* SPDX-License-Identifier: MIT */
/*
 * child.h - what runs between fork and exec, in the child.
 *
 * The parent prepares a plan; the child carries it out and, where that fails, says at which
 * stage and why. Its memory is a copy and its parent waits for nothing: it may look up users
 * and hang in it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

struct cpus;
struct allowance;

/* 0 is nobody's: there was no child. */
enum child_stage {
	CHILD_SESSION = 1,
	CHILD_STREAMS, /* its descriptors */
	CHILD_LIMITS,
	CHILD_USER, /* looking it up; ESRCH: there is none */
	CHILD_GROUPS,
	CHILD_SETGID,
	CHILD_SETUID,
	CHILD_CHDIR,
	/* Finding and executing the command. ENOENT: nowhere; EISDIR; EACCES: nobody may
	 * execute it; EPERM: this user may not; or what execve(2) says. */
	CHILD_EXEC,
	CHILD_HUNG, /* said by the parent: it did not come to its exec in time */
	CHILD_LOCAL, /* no failure: see child_plan.quick */
	CHILD_STDIN, /* opening it */
	CHILD_AFFINITY, /* EINVAL: none of these processors is there for us */
	CHILD_NICE,
	CHILD_OOM_SCORE_ADJ, /* EACCES: lower than ours, and we may not */
	CHILD_IOPRIO,
	CHILD_CGROUP, /* joining it */
};

/* "chdir": a word for messages. */
const char *child_stage_name(enum child_stage stage);

struct child_report {
	enum child_stage stage;
	int error; /* errno */
};

enum { CHILD_FDS_MAX = 5 };

struct child_plan {
	const char *file; /* what to execute; NULL: argv[0], looked for in @path */
	char *const *argv, *const *envp;
	const char *path; /* where argv[0] is looked for unless it has a slash */
	const char *directory; /* "" stay */
	const char *user; /* "" stay; name or number */
	int umask; /* -1 stay */
	int fds[CHILD_FDS_MAX]; /* fds[i] becomes descriptor i; no other stays open */
	int n_fds;
	unsigned own_fds; /* bit i: descriptor i is a pipe of ours; it belongs to the user then
			   */
	const char *stdin_path; /* "" none; opened as descriptor 0 */
	int32_t *claim; /* shared with the parent, or NULL: gets the child's pid first of all */
	int join; /* a cgroup.procs to go into; 0 or below: stay */
	const struct cpus *cpus; /* NULL: all that we have ourselves */
	struct rlimit nofile;
	const struct allowance *allowance; /* NULL: nothing but that */
	uint64_t signals; /* to be put back to their defaults: see child_signals() */
	int report; /* close-on-exec: its end without a report means that exec worked */
	/*
	 * The parent lends its memory and waits until the exec (vfork(2)), which is faster.
	 * Only for what cannot hang: no user to look up and no file to open, and a child
	 * started without it has reported CHILD_LOCAL on its way, that its directory, its
	 * command and wherever that was looked for are on disks of this machine.
	 */
	bool quick;
};

/*
 * A bit for each signal, 1 for the first, whose disposition may be another one than the default
 * in this process. To be asked when all handlers are set; it costs many system calls, which a
 * child is spared so.
 */
uint64_t child_signals(void);

/* With all signals blocked, so that none is lost to the parent's handlers. Never returns. */
_Noreturn void child_become(const struct child_plan *plan);
