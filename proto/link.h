/* SPDX-License-Identifier: MIT */
/*
 * link.h - what keeper, manager and logger say to one another, and how it looks as bytes. Pure.
 *
 * One frame is a head and the fields of its message; integers are in the machine's own order,
 * for a link never leaves it. A link is a SOCK_SEQPACKET pair; one packet carries one frame or
 * several, and the descriptors of all of them in order (daemon/sys/channel.h).
 *
 * Whoever comes back is told everything: the keeper opens a link to a manager with HELLO, one
 * DEPOSIT for each descriptor it holds, one SLOT for each process it knows, and BEGIN; to a
 * logger with HELLO, one DEPOSIT for each that a logger left, one PIPE for each stream, and
 * BEGIN. The manager opens its link to a
 * logger with MAINLOG and one STREAM for each stream; it sends them again when told of a new
 * logger by PEER.
 *
 * Long, because every message there is stands here, for both ends to see.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "proto/link_log.h"

enum { LINK_VERSION = 3 };

/* Descriptors that a program of ours finds open when the keeper starts it. */
enum { LINK_KEEPER_FD = 3, LINK_PEER_FD = 4 };

enum link_type {
	/* keeper → manager, keeper → logger */
	LINK_HELLO = 1,
	LINK_BEGIN,
	LINK_PEER, /* +1 fd: the new end of the link between manager and logger */
	LINK_PING, /* answer with PONG at once */
	LINK_DEPOSIT, /* +1 fd: held under this name. Also to the keeper: hold this, in place of
			 what had the name; without fd: drop the name. Manager and logger have
			 names of their own. */
	/* keeper → manager */
	LINK_SLOT, /* a process the keeper knows of, as it is now */
	LINK_GO, /* settings are in force: carry on with the start */
	LINK_SPAWNED,
	LINK_EXEC_OK,
	LINK_SPAWN_FAILED, /* fork or exec; whatever was forked is reaped */
	LINK_EXITED, /* a record; said again in SLOT until SETTLED */
	LINK_SIGNALLED, /* answer to SIGNAL */
	LINK_NOTIFIED, /* a program has said how it fares; to a new manager, after its SLOT:
			  what it said that still holds */
	LINK_REQUEST, /* the daemon got this signal: TERM, INT, QUIT, HUP, USR2 */
	/* manager → keeper */
	LINK_SETTINGS, /* first start only, then wait for GO */
	LINK_READY, /* started: release who waits for us, write the pidfile */
	LINK_SPAWN, /* +1 fd for each bit in its @fds, lowest bit first */
	LINK_WIRE, /* the keeper's copies of these ends of a wire are to be closed */
	LINK_SIGNAL,
	LINK_SETTLED, /* the exit record of this generation may be dropped */
	LINK_FORGET, /* the process is gone for good, settled or not. Also keeper → logger and
			manager → logger: read what is still in its pipes, then close them. */
	LINK_FINISH, /* everything is at rest: end, with this exit status. Also
			keeper → logger: drain all, then exit;
			manager → logger: that will come soon */
	/* anybody → keeper */
	LINK_PONG,
	/* keeper → logger */
	LINK_PIPE, /* +1 fd: the read end of a stream; replaces an earlier one, which is drained
		    */
	LINK_REARM, /* a stream that had come to its end has a writer again */
	/* keeper or manager → logger */
	LINK_LOG, /* a line of the daemon's own log */
	/* manager → logger */
	LINK_MAINLOG,
	LINK_STREAM,
	LINK_BORN, /* this is the pid of a process now */
	LINK_TAIL, /* +1 fd: write the end of a log there; follow: until the other side goes */
	LINK_LOGS, /* +1 fd: the same for lines of many logs */
	LINK_CLEAR, /* remove what a log has, and its backups */
	LINK_ROTATE, /* rotate a log now; id 0: all */
	LINK_REOPEN, /* close and open all log files by name */
	LINK_REMOVE, /* the log at this path, and what was rotated away from it, is to be
			removed when nobody writes there any more */
	/* logger → manager */
	LINK_TAILED, /* answer to TAIL, LOGS, CLEAR, ROTATE: 0 or errno; to the first two at
			once */
	LINK_DROPPED, /* bytes of a stream could not be kept */
	LINK_CAPTURED, /* what a program printed between its tags */
	LINK_LINES, /* what a program printed, where somebody wants to know */
	LINK_TYPE_END,
};

/* The string after @s; only within a list. */
const char *link_strs_next(const char *s);

struct link_hello {
	uint32_t version;
	int32_t keeper_pid;
	bool first; /* nothing was ever started: read the configuration file */
	uint64_t nofile; /* descriptors that a process of this instance may open */
	bool cgroups; /* programs can have groups; and limits of these controllers, CGROUP_CPU …
		       * of daemon/sys/cgroup.h */
	uint32_t controllers;
	const char *logfile; /* to logger: NULL-less, "" */
};
struct link_name { /* DEPOSIT; REMOVE: a path */
	const char *name;
};
struct link_slot {
	uint32_t id, gen;
	int32_t pid; /* 0: there is none */
	bool exec_done; /* it has become the program */
	bool ended; /* exit record below counts */
	int32_t wait_status;
	int32_t exec_error, exec_stage; /* exec_error != 0: never became the program */
	bool lost; /* nobody knows how it ended: wait_status is that of a failure */
	bool oom; /* the kernel killed in its cgroup for want of memory */
	uint64_t utime_us, stime_us, maxrss_kb; /* as in EXITED */
	bool leftovers;
	int64_t ended_wall_ms;
};
struct link_settings {
	bool daemonize;
	const char *pidfile; /* "" none */
	const char *user; /* "" stay */
	const char *directory; /* "" stay; only when daemonizing */
	int32_t umask; /* only when daemonizing */
	uint32_t minfds, minprocs;
	const char *logfile; /* for the line that a failing keeper leaves; may be "" */
};
/* What of a process's own is given in link_spawn. */
enum { LINK_NICE = 1, LINK_OOM_SCORE_ADJ = 2, LINK_IOPRIO = 4 };

struct link_rlimit {
	uint32_t resource; /* RLIMIT_CPU … of setrlimit(2) */
	uint32_t zero;
	uint64_t soft, hard; /* UINT64_MAX: unlimited */
};
struct link_spawn {
	uint32_t id, gen;
	const char *name; /* of the process, for messages */
	struct link_strs argv; /* argv[0] as written; looked up in PATH by the child */
	struct link_strs env; /* "NAME=value": over the keeper's own environment, in order */
	const char *path; /* PATH to look in */
	const char *directory; /* "" stay */
	const char *user; /* "" stay; name or number, resolved in the child */
	int32_t umask; /* -1 inherit */
	bool merge; /* stderr goes where stdout goes */
	bool clean_env; /* @env is all there is: the keeper's own does not count */
	const char *affinity; /* processors as in "0-3,6"; "" all */
	struct link_bytes rlimits; /* of struct link_rlimit, one after the other */
	uint32_t given; /* which of these it has: LINK_NICE … */
	int32_t nice, oom_score_adj, ioprio; /* the last as in ioprio_set(2) */
	bool notify; /* it is told where to say how it fares (sd_notify(3)), and that is
			NOTIFIED */
	/* If a tree of cgroups was left to us, it gets a group of its own: if it is to have
	 * one, or has limits there, "memory.max=1048576" for each file of it. */
	bool contain;
	struct link_strs cgroup;

	/* What 0, 1 and 2 are if not /dev/null and the streams of the logger. */
	uint32_t fds; /* bit i: descriptor i comes with the frame, and goes as it is */
	const char *stdin_path; /* "" none; the child opens it, as its user, in its directory */
	uint32_t stdin_wire; /* reads what the process of this id writes; 0 none */
	bool stdout_wire; /* stdout is the wire that is named by our own id */
	bool wire_once; /* the keeper keeps no copy of an end that was given to this process, or
			   that was meant for it when its start failed */
};
/*
 * A wire is a pipe from the stdout of one process to the stdin of another, both ends of which
 * the keeper holds, so that either may be restarted; made when the first of the two starts. A
 * reader has its end of file when the keeper's write end is closed, too. A start that needs an
 * end which was closed has it back, unless it is gone for good: then the wire is a new one.
 * FORGET of the process that writes drops the wire.
 */
struct link_wire {
	uint32_t id; /* of the process that writes */
	bool close_read, close_write;
};
struct link_proc { /* SPAWNED, EXEC_OK, SPAWN_FAILED, EXITED, SETTLED, FORGET, PIPE, REARM, BORN
		    */
	uint32_t id, gen;
	int32_t pid;
	int32_t status; /* EXITED: wait status */
	int32_t error, stage; /* SPAWN_FAILED: errno, enum child_stage; stage 0: no fork */
	uint32_t which; /* PIPE, REARM: 0 stdout, 1 stderr */
	uint64_t inode; /* SPAWNED: of the pidfd, 0 if the kernel has none */
	uint64_t utime_us, stime_us, maxrss_kb; /* EXITED: rusage */
	bool leftovers; /* EXITED: others of its process group live on */
	bool lost; /* EXITED: nobody knows how; status is that of a failure */
	bool oom; /* EXITED: the kernel killed in its cgroup for want of memory */
	int64_t ended_wall_ms; /* EXITED, SPAWN_FAILED: when, in ms since 1970 */
};
struct link_notified { /* by a member of the program: others do not count */
	uint32_t id, gen;
	bool ready, reloading, stopping, watchdog;
	bool hangs; /* WATCHDOG=trigger */
	bool has_status;
	const char *status; /* one line, printable */
	uint64_t extend_usec; /* EXTEND_TIMEOUT_USEC; 0: not said */
	int32_t main_pid; /* MAINPID, a member too; 0: not said */
	uint32_t dropped; /* messages to its socket so far that did not count */
};
struct link_signal {
	uint32_t id, gen;
	uint32_t token; /* comes back in SIGNALLED; 0: no answer wanted */
	int32_t signo;
	bool group; /* to the process group */
	bool cont; /* if it is stopped it goes on, so that it notices */
	int32_t error; /* SIGNALLED: 0 or errno; ESRCH: not alive */
};
struct link_number { /* REQUEST: signal; PING, PONG: serial; FINISH to the keeper: status */
	uint32_t value;
};
struct link_log {
	uint32_t level; /* enum level */
	const char *text; /* one line, no newline */
};
struct link_msg {
	enum link_type type;
	union {
		struct link_hello hello;
		struct link_name name;
		struct link_slot slot;
		struct link_settings settings;
		struct link_spawn spawn;
		struct link_wire wire;
		struct link_proc proc;
		struct link_signal signal;
		struct link_notified notified;
		struct link_number number;
		struct link_log log;
		struct link_mainlog mainlog;
		struct link_stream stream;
		struct link_tail tail;
		struct link_logs logs;
		struct link_output output;
	};
};

/*
 * Append @m as one frame. 0, -ENOMEM, or -EMSGSIZE: more than 16 MiB (proto/wire.h). NULL
 * strings are sent as "".
 */
_must_check_ int link_encode(const struct link_msg *m, struct buf *out);

/*
 * Take the first frame of @data. Strings of *@ret point into @data. LINK_FRAME and how many
 * bytes it took, or LINK_BROKEN: not a frame of ours.
 */
enum { LINK_FRAME, LINK_BROKEN };
_must_check_ int link_decode(const char *data, size_t len, struct link_msg *ret,
			     size_t *ret_used);

/* How many descriptors the protocol lets a frame of @type carry at most. */
enum { LINK_FDS_MAX = 3 };
unsigned link_fds(enum link_type type);

const char *link_type_name(enum link_type type);
