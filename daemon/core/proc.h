/* SPDX-License-Identifier: MIT */
/*
 * proc.h - the life of one process: an event and the time go in, effects come out.
 *
 * Pure: no system call, no clock, no allocation, nothing outside is called. The table and its
 * invariants are those of tests/model/; what people see is supervisord's (its manual,
 * "Process States"). Every event but a request carries the generation it is about, and one of
 * another generation is dropped before the table. (Long: the vocabulary of a whole layer.)
 *
 * Adoption. A struct proc that was kept (in the ledger, at each EFFECT_STATE) goes on from
 * where it was, once it is told what the keeper knows of its generation. News that it had
 * before is harmless. The manager tells it,
 *
 * - of a process that there is or was: EVENT_SPAWNED; EVENT_EXEC_OK if it has become the
 *   program; EVENT_EXITED if it has ended;
 *
 * - of one that never became the program: EVENT_EXEC_FAILED, or EVENT_NO_FORK;
 *
 * - of one that is alive and the keeper has never heard of: EVENT_LOST.
 *
 * In DOWN, FAILED and BACKOFF nothing need be told but an end that the keeper still keeps, so
 * that EFFECT_SETTLED comes for it. Every deadline is a point of CLOCK_MONOTONIC and still
 * holds. A stop signal that was decided and did not get out is not sent again, for to many
 * programs a second one means "at once": SIGKILL then comes after stopwait, as always.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/mono.h"
#include "daemon/core/guard.h"

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
	CAUSE_NONE, /* never started, or not ended since its last start */
	CAUSE_STOPPED, /* a stop was asked for */
	CAUSE_EXITED, /* by itself; wait_status says how */
	CAUSE_TOO_QUICK, /* by itself, before startsecs */
	CAUSE_EXEC, /* could not become the program; exec_error says why */
	CAUSE_NO_FORK, /* the machine had no room; does not count as its failure */
	CAUSE_TIMEOUT, /* ended because of runtimeout */
	CAUSE_LOST, /* died while nobody was there to see its status */
};

enum proc_restart { RESTART_NEVER, RESTART_UNEXPECTED, RESTART_ALWAYS };

/* How long states last that the policy says nothing about. */
enum {
	PROC_EXEC_WAIT = 60000, /* from fork to exec, user lookup and chdir in between */
	PROC_BACKOFF_STEP = 1000, /* BACKOFF lasts so long for each failure in a row */
	PROC_NO_FORK_MIN = 1000, /* doubles with each attempt … */
	PROC_NO_FORK_MAX = 60000, /* … up to this */
	PROC_RETRY_MAX = 60000, /* retry_delay doubles up to this, or is longer by itself */
	PROC_KILL_WAIT = 5000, /* from SIGKILL to STUCK */
	PROC_RECHECK_MIN = 1000, /* SIGKILL is sent again, doubling … */
	PROC_RECHECK_MAX = 60000, /* … up to this */
};

/* May change while the process runs. */
struct proc_policy {
	bool autostart;
	msec_t startsecs; /* up strictly longer: READY; 0: at exec */
	int startretries; /* attempts after the first; negative as 0 */
	enum proc_restart restart;
	uint32_t exitcodes[8]; /* bit set of expected codes */
	int stopsignal;
	msec_t stopwait;
	bool stop_group, kill_group;
	msec_t runtimeout; /* 0: none */
	double rate; /* restarts a second kept up after @burst; 0: no guard */
	int burst;
	/*
	 * It is to come to an end: up at exec, and an expected exit is its success. Any other
	 * end is a failed attempt, of which @retries more are made. startsecs, startretries,
	 * restart and rate do not count for it.
	 */
	bool oneshot;
	int retries; /* negative as 0: it runs once, and however it ends it has EXITED */
	msec_t retry_delay; /* BACKOFF after the first failed attempt; doubles with each */
};

/*
 * A process. Plain data without pointers but @policy, so that it can be copied into the ledger
 * and back. Only proc.c writes to it (and the roster to @closing); others may read.
 */
struct proc {
	proc_id id;
	proc_gen gen;
	enum proc_state state;
	enum proc_cause cause;
	bool want_up; /* the operator's wish; an exit for good clears it */
	bool again; /* start again after this stop */
	bool bad; /* this incarnation failed: it counts in @failures, or will once it is gone */
	bool timed_out; /* this incarnation ran out of runtimeout */
	bool held; /* BACKOFF because of the restart rate, not because of a failure */
	bool alive; /* its start was asked for and its end is not known: may be signalled */
	bool closing; /* nothing starts any more: the daemon ends, or it leaves the roster */
	int32_t failures; /* failed starts in a row: supervisord's backoff counter. READY, FATAL
			     and an exit clear it; a stop and a start leave it as it is. Of
			     a oneshot failed attempts: FATAL, the end and a start clear it. */
	int32_t no_fork; /* starts in a row for which the machine had no room */
	int32_t kills; /* SIGKILLs sent to this incarnation */
	int32_t pid; /* of the last incarnation; 0 before it is known */
	int32_t wait_status; /* as waitpid(2) gives it, of the last incarnation */
	int32_t exec_error; /* errno */
	int32_t exec_stage; /* enum child_stage of daemon/sys/child.h, opaque here */
	uint32_t restarts; /* automatic starts since the last start that was asked for */
	struct guard guard; /* of automatic restarts */
	mono_t since; /* the state was entered, or its timer set again */
	mono_t deadline; /* of the state; MONO_NEVER: none */
	mono_t run_until; /* runtimeout; MONO_NEVER: none */
	mono_t started; /* of the last incarnation: when it was forked, as far as known */
	const struct proc_policy *policy;
};

enum event_kind {
	/* Requests. They are always allowed; refusals are the caller's (proc_may). */
	EVENT_START,
	EVENT_STOP, /* arg: STOP_ONLY or STOP_GIVE_UP */
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

/* What a stop makes of BACKOFF: STOPPED, or, when the daemon ends, FATAL. */
enum { STOP_ONLY, STOP_GIVE_UP };

struct event {
	enum event_kind kind;
	proc_id proc;
	proc_gen gen;
	int arg, arg2;
};

/*
 * In the order in which they are to be carried out: what is kept (STATE) comes before what
 * makes it true (SIGNAL, SPAWN), and before the last other copy of an exit is dropped
 * (SETTLED).
 */
enum effect_kind {
	EFFECT_SPAWN, /* start incarnation gen; with the exit of an earlier one settled */
	EFFECT_SIGNAL, /* arg: signal; group: to the whole process group. SIGCONT follows. */
	EFFECT_STATE, /* arg: the new enum proc_seen, arg2: the one before; also if equal: there
			 is at least one in each step that changes anything worth keeping */
	EFFECT_SETTLED, /* the end of gen (EXITED, EXEC_FAILED, NO_FORK) is taken in, now or
			   earlier: its record may be dropped */
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

/*
 * Whether a request makes sense in supervisord's terms: start is refused in the running set
 * (RUNNING, STARTING, BACKOFF), stop outside it. Two things that supervisord has not are
 * allowed: start of a process that is held by its restart rate, and stop of one that is
 * stopping and would start again. While closing only stop is.
 */
bool proc_may(const struct proc *p, enum event_kind request);

/* True in STOPPED, EXITED, FATAL: nothing alive, nothing planned. */
bool proc_at_rest(const struct proc *p);

const char *proc_state_name(enum proc_state s); /* "READY" */
const char *proc_seen_name(enum proc_seen s); /* "RUNNING" */
const char *proc_cause_name(enum proc_cause c); /* "TOO_QUICK" */
const char *event_kind_name(enum event_kind k);
const char *effect_kind_name(enum effect_kind k);

/* Whether exit by @wait_status is one of exitcodes. Death by signal never is. */
bool proc_exit_expected(const struct proc_policy *policy, int wait_status);
