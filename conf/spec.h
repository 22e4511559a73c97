/* SPDX-License-Identifier: MIT */
/*
 * spec.h - what a configuration says, as plain data.
 *
 * One owner: the struct config that was loaded (config.h). Everybody else borrows const, or
 * holds a reference to a whole group (group_spec_ref). Strings are never NULL unless said.
 * Defaults and rules are supervisord's; keys that are ours say so. Long, because everything
 * that a configuration can say stands here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/level.h"
#include "base/mono.h"
#include "conf/limits_spec.h"
#include "conf/log_spec.h"

enum autorestart { AUTORESTART_NEVER, AUTORESTART_UNEXPECTED, AUTORESTART_ALWAYS };

enum { UMASK_INHERIT = -1, EXITCODE_WORDS = 8 };

enum stdin_kind {
	STDIN_NULL, /* /dev/null */
	STDIN_FILE, /* text: absolute path, opened when the process starts, as its user */
	STDIN_DATA, /* text: what it reads, at most STDIN_DATA_MAX bytes */
	STDIN_PROGRAM, /* text: "group:name" of the process whose stdout it reads */
};

/* When it counts as RUNNING. */
enum readiness {
	READINESS_NONE, /* up longer than startsecs */
	READINESS_NOTIFY, /* it has sent READY=1; startsecs does not count */
};

enum { STDIN_DATA_MAX = 64 << 10, CPUS_MAX = 1024 };

struct stdin_spec {
	enum stdin_kind kind;
	char *text; /* NULL for STDIN_NULL */
};

struct env_var {
	char *name, *value;
};

struct env {
	struct env_var *v;
	size_t n;
};

/* Where something was written. @file borrows from the owner of the spec. */
struct origin {
	const char *file; /* NULL: nowhere, a default */
	unsigned line;
};

/* One process: a [program:x] of numprocs=N makes N of them. */
struct process_spec {
	char *name; /* of the process, unique within its group */
	char *program; /* x of [program:x] */
	char *command; /* as written; split into words when it is started */
	int priority;
	bool autostart;
	enum autorestart autorestart;
	msec_t startsecs; /* up strictly longer than this counts as RUNNING; 0: at once */
	int startretries;
	uint32_t exitcodes[EXITCODE_WORDS]; /* bit set of 0..255 */
	int stopsignal;
	msec_t stopwaitsecs;
	bool stopasgroup, killasgroup;
	char *user; /* name or number; NULL: as the daemon */
	bool redirect_stderr;
	struct stream_spec out, err; /* err does not count with redirect_stderr */
	struct env environment; /* of [supervisord] and of the program, merged, in order */
	char *directory; /* NULL: stay */
	int umask; /* or UMASK_INHERIT */
	char *serverurl; /* NULL: AUTO */
	/* Ours. */
	msec_t runtimeout; /* terminated after this long; 0: no limit */
	double restart_rate; /* restarts a second that it may keep up; 0: as many as it likes */
	int restart_burst; /* so many at once before the rate counts */
	bool oneshot; /* ends by itself; startsecs and autorestart do not count */
	int retries; /* oneshot: so often again after an end that is not expected */
	msec_t retry_delay; /* oneshot: before the first of those; doubles with each */
	struct stdin_spec in;
	bool stdout_wired; /* its stdout is a pipe for another to read: out does not count */
	enum log_policy log_policy;
	int64_t log_rate; /* bytes a second of all it prints; 0: as many as it likes */
	int64_t log_burst; /* so many at once before the rate counts: log_rate or more */
	char *cpu_affinity; /* sorted, "0-3,6", numbers below CPUS_MAX; NULL: all */
	struct limits_spec limits;
	enum readiness readiness;
	msec_t start_timeout; /* notify: not ready by then, its start has failed; 0: no limit */
	msec_t watchdog; /* notify: not heard of for so long, it hangs; 0: none */
	/* When it has ended for good, by itself or FATAL, the instance stops and ends with its
	 * exit code, 128 and the signal, 127 or 126 if it could not be executed, or 1 if that
	 * would be 0 and it is FATAL. */
	bool essential;
	struct origin origin;
};

static inline bool exitcode_expected(const struct process_spec *p, int code)
{
	return code >= 0 && code < 256 && (p->exitcodes[code / 32] >> (code % 32) & 1);
}

/* A [group:x], a [pipeline:x], or a program by itself. Immutable and counted by
 * group_spec_ref(). */
struct group_spec {
	char *name;
	int priority;
	bool pipeline; /* each of v but the first reads what the one before it prints */
	struct process_spec *v; /* in the order in which they start */
	size_t n;
	unsigned refs;
	char **files; /* what origins point to */
	size_t n_files;
};

/* Take one more reference; returns @g. Not thread-safe. */
struct group_spec *group_spec_ref(struct group_spec *g);

/* Give a reference back, free with the last. NULL is fine. Returns NULL. */
struct group_spec *group_spec_unref(struct group_spec *g);

/* [supervisord]; paths are absolute. */
struct supervisord_spec {
	char *logfile; /* "syslog" is kept as that word */
	int64_t logfile_maxbytes;
	int logfile_backups;
	enum level loglevel;
	char *pidfile;
	int umask;
	bool nodaemon, silent, nocleanup, strip_ansi;
	int minfds, minprocs;
	char *childlogdir;
	char *user; /* NULL: stay */
	char *directory; /* NULL: stay */
	struct env environment; /* added to every program, and usable as ENV_ */
	char *identifier;
};

/* [reeve]: daemon-wide keys that supervisord has not. */
struct reeve_spec {
	/* Absolute path of the control socket. Without root and $XDG_RUNTIME_DIR the default is
	 * /tmp/reeve-UID/reeve.sock: whoever binds it makes that directory 0700 and refuses one
	 * that belongs to somebody else. */
	char *socket;
	int socket_mode; /* permission bits */
	char *socket_owner; /* user[:group]; NULL: unchanged */
	double restart_rate; /* default for programs */
	int restart_burst;
	int job_history; /* so many finished jobs are kept */
	char *job_logdir; /* absolute; where the logs of jobs are made */
	/* Defaults for programs: both streams. */
	enum log_format log_format;
	enum log_compress log_compress;
	msec_t log_rotate_age, log_keep_age;
	enum log_policy log_policy;
	int64_t log_rate, log_burst;
	char *exit_on; /* names whose processes are made essential; NULL: none */
	/* Bytes that all logs of the instance may have together; 0: any number. */
	int64_t log_budget;
};

/* [pool:x]: what bounds how many jobs run at once. */
struct pool_spec {
	char *name;
	int slots; /* 1 or more */
	struct origin origin;
};
