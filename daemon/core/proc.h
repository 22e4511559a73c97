/* SPDX-License-Identifier: MIT */
/*
 * proc.h - the life of one process: an event and the time go in, effects come out.
 *
 * Pure: no system call, no clock, no allocation, nothing outside is called. The table and its
 * invariants are those of tests/model/; what people see is supervisord's (its manual,
 * "Process States"). Every event but a request carries the generation it is about, and one of
 * an older generation is dropped before the table.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/mono.h"

typedef uint32_t proc_id; /* never 0, never given twice by one instance */
typedef uint32_t proc_gen; /* incarnation; 0: never started */

enum proc_state {
	PROC_DOWN, /* at rest: never started, stopped, or exited for good */
	PROC_FAILED, /* at rest: the failure budget is spent */
	PROC_BACKOFF, /* at rest, waits for its next start */
	PROC_SPAWN, /* forked; exec not confirmed */
	PROC_STARTING, /* runs, not yet for startsecs */
	PROC_READY,
	PROC_STOP_TERM, /* stop signal sent */
	PROC_STOP_KILL, /* SIGKILL sent */
	PROC_STUCK, /* SIGKILL sent and still there: uninterruptible */
};
enum { PROC_STATE_N = PROC_STUCK + 1 };

/* What status, RPC and events show; the numbers are supervisord's wire codes. */
enum proc_seen {
	SEEN_STOPPED = 0,
	SEEN_STARTING = 10,
	SEEN_RUNNING = 20,
	SEEN_BACKOFF = 30,
	SEEN_STOPPING = 40,
	SEEN_EXITED = 100,
	SEEN_FATAL = 200,
	SEEN_UNKNOWN = 1000,
};

/* Why the process is where it is: of its last incarnation, or of the start that failed. */
enum proc_cause {
	CAUSE_NONE, /* never started */
	CAUSE_STOPPED, /* a stop was asked for */
	CAUSE_EXITED, /* by itself; wait_status says how */
	CAUSE_TOO_QUICK, /* by itself, before startsecs */
	CAUSE_EXEC, /* could not become the program; exec_error says why */
	CAUSE_NO_FORK, /* the machine had no room; does not count as its failure */
	CAUSE_TIMEOUT, /* ended because of runtimeout */
	CAUSE_LOST, /* died while nobody was there to see its status */
};

enum proc_restart { RESTART_NEVER, RESTART_UNEXPECTED, RESTART_ALWAYS };

/* May change while the process runs. */
struct proc_policy {
	bool autostart;
	msec_t startsecs; /* up strictly longer: READY; 0: at exec */
	int startretries; /* attempts after the first; negative: none */
	enum proc_restart restart;
	uint32_t exitcodes[8]; /* bit set of expected codes */
	int stopsignal;
	msec_t stopwait;
	bool stop_group, kill_group;
	msec_t runtimeout; /* 0: none */
	double rate; /* restarts a second kept up after @burst; 0: no guard */
	int burst;
};

/*
 * A process. Plain data without pointers but @policy, so that it can be copied into the ledger
 * and back. Only proc.c writes to it; others may read.
 */
struct proc {
	proc_id id;
	proc_gen gen;
	enum proc_state state;
	enum proc_cause cause;
	bool want_up; /* the operator's wish; an exit for good clears it */
	bool again; /* start again after this stop */
	bool bad; /* this incarnation failed */
	bool timed_out; /* this incarnation ran out of runtimeout */
	bool held; /* BACKOFF because of the restart rate, not because of a failure */
	bool alive; /* forked and not reaped */
	int32_t failures; /* failed starts in a row: supervisord's backoff counter */
	int32_t no_fork; /* starts in a row for which the machine had no room */
	int32_t pid; /* of the last incarnation; 0 before it is known */
	int32_t wait_status; /* as waitpid(2) gives it, of the last incarnation */
	int32_t exec_error; /* errno */
	int32_t exec_stage; /* enum child_stage of daemon/sys/child.h, opaque here */
	uint32_t restarts; /* automatic starts since the last start that was asked for */
	double tokens; /* of the restart guard */
	mono_t tokens_at;
	mono_t deadline; /* of the state; MONO_NEVER: none */
	mono_t run_until; /* runtimeout; MONO_NEVER: none */
	mono_t started; /* of the last incarnation */
	const struct proc_policy *policy;
};

enum event_kind {
	/* Requests. They are always allowed; refusals are the caller's (proc_may). */
	EVENT_START,
	EVENT_STOP,
	EVENT_RESTART,
	/* News from the keeper; carry gen. */
	EVENT_SPAWNED, /* arg: pid */
	EVENT_EXEC_OK,
	EVENT_EXEC_FAILED, /* arg: errno, arg2: stage. The process, if any, is reaped. */
	EVENT_NO_FORK, /* arg: errno. There is no process. */
	EVENT_EXITED, /* arg: wait status */
	EVENT_LOST, /* it is gone and nobody knows how */
	/* Time. */
	EVENT_DUE, /* the deadline has come */
};
enum { EVENT_KIND_N = EVENT_DUE + 1 };

struct event {
	enum event_kind kind;
	proc_id proc;
	proc_gen gen;
	int arg, arg2;
};

enum effect_kind {
	EFFECT_SPAWN, /* start incarnation gen */
	EFFECT_SIGNAL, /* arg: signal; group: to the whole process group. SIGCONT follows. */
	EFFECT_STATE, /* arg: the new enum proc_seen, arg2: the one before; also if equal when
			 something else that status shows has changed */
	EFFECT_SETTLED, /* the exit of gen is taken in: its record may be dropped */
	EFFECT_REMOVED, /* a process that was to be removed is at rest and out of the roster */
	EFFECT_ALL_DOWN, /* shutdown: everything is at rest; proc is 0 */
};

struct effect {
	enum effect_kind kind;
	proc_id proc;
	proc_gen gen;
	int arg, arg2;
	bool group;
};

enum { EFFECTS_PER_STEP = 8 };

struct effects {
	size_t n;
	struct effect v[EFFECTS_PER_STEP];
};

/* Prepare @p for its first event: DOWN, never started. @policy is borrowed. */
void proc_init(struct proc *p, proc_id id, const struct proc_policy *policy, mono_t now);

/* One event. EVENT_DUE only if the deadline has come; what is stale is dropped. */
void proc_step(struct proc *p, const struct event *ev, mono_t now, struct effects *fx);

/* Adopt another policy at once, also while running: deadlines move with it. */
void proc_set_policy(struct proc *p, const struct proc_policy *policy, mono_t now,
		     struct effects *fx);

/* When it next wants EVENT_DUE; MONO_NEVER if not. */
mono_t proc_due(const struct proc *p);

enum proc_seen proc_seen(const struct proc *p);

/* Whether a request makes sense in supervisord's terms: start is refused in the running set
 * (RUNNING, STARTING, BACKOFF), stop outside it. */
bool proc_may(const struct proc *p, enum event_kind request);

/* True in STOPPED, EXITED, FATAL: nothing alive, nothing planned. */
bool proc_at_rest(const struct proc *p);

const char *proc_state_name(enum proc_state s); /* "READY" */
const char *proc_seen_name(enum proc_seen s); /* "RUNNING" */
const char *event_kind_name(enum event_kind k);

/* Whether exit by @wait_status is one of exitcodes. Death by signal never is. */
bool proc_exit_expected(const struct proc_policy *policy, int wait_status);
