/* SPDX-License-Identifier: MIT */
/*
 * job.h - jobs: what is known of each, and where it is found.
 *
 * A job is one run of one process, or of a chain of them, its stages. While a stage is in the
 * roster it has a unit (unit.h), in a hidden group. A job without a session runs by itself, and
 * its result is kept; one of a session (session.h) goes when its result was taken.
 *
 * This file keeps the books and decides nothing: what happens to jobs is in job_run.h, what
 * outlives the manager in job_kept.h, how they look in job_json.h.
 */
#pragma once

#include "base/list.h"
#include "daemon/core/proc.h"
#include "daemon/core/queue.h"
#include "daemon/manager/index.h"
#include "daemon/manager/job_spec.h"
#include "daemon/manager/job_store.h"
#include "daemon/manager/unit.h"

/* Their group in the roster: no name of a configuration has a colon. */
#define JOBS_GROUP ":jobs"

enum { JOB_FDS = 3 };

enum job_state {
	JOB_WAITING, /* in the queue */
	JOB_CALLED, /* has its slots, and lacks descriptors that its caller must bring again */
	JOB_RUNNING,
	JOB_DONE,
	JOB_SKIPPED, /* it never ran, and never will */
};

struct session;

struct stage {
	struct job *job;
	struct unit *unit; /* while it is in the roster */
	proc_id proc; /* its id there, also afterwards; 0: not yet, or not known any more */
	bool ran, ended;
	int pid;
	int wait_status; /* counts if cause is of a process that there was */
	enum proc_cause cause;
	char *description; /* how it ended; NULL: nothing to say */
	int status; /* exit code, or minus the signal */
	bool has_status;
	uint64_t cpu_us, maxrss_kb;
	int64_t started_ms, ended_ms; /* since 1970; 0: not yet */
};

struct job {
	uint64_t id;
	struct index_node by_id, by_seq;
	struct list all; /* in jobs.all, by id */
	struct list peers; /* in session.jobs or session.results, or jobs.history */
	struct session *session; /* NULL: none */
	uint64_t seq, order; /* in the session: the caller's number; that of the result */
	struct job_spec *spec;
	char *user; /* whom it runs as; NULL: as the daemon */
	enum job_state state;
	bool stopped, timed_out; /* somebody asked for its end; its time was over */
	bool lacks_fds; /* those of its caller went with another manager */
	bool deposited; /* its descriptors are with the keeper, too */
	int fds[JOB_FDS]; /* of the caller, until all stages have theirs; or -1 */
	char *logs[2]; /* paths; NULL: none */
	int64_t queued_ms, started_ms, ended_ms; /* since 1970 */
	struct store_ref record;
	size_t left; /* stages that have not ended */
	size_t n;
	struct stage stages[];
};

struct jobs {
	struct index by_id, by_seq;
	struct list all, sessions, history, waits, outputs;
	struct list leaving; /* units that leave the roster */
	struct queue *queue;
	struct job_store *store;
	uint64_t next_id, next_session;
	size_t n_waiting, n_history, n_sessions;
	size_t n_stages; /* in the roster */
	size_t n_fds, fds_max; /* of callers, held here; so many may be */
	size_t bytes; /* of specs */
	char **pools; /* names of those of the configuration that the queue has */
	size_t n_pools;
	bool called; /* something may be next in the queue */
	int null; /* /dev/null */
};

/* 0 or -errno. */
_must_check_ int jobs_new(struct jobs **ret);

/* NULL is fine. Returns NULL. */
struct jobs *jobs_free(struct jobs *js);

/* A job with the stages of @spec, which is taken over in any case: in the books, of no session,
 * not in the queue. 0 or -ENOMEM. */
_must_check_ int job_new(struct jobs *js, uint64_t id, struct job_spec *spec, struct job **ret);
/* Out of all books. It has no unit any more. */
void job_free(struct jobs *js, struct job *j);

/* NULL: there is none. */
struct job *job_by_id(const struct jobs *js, uint64_t id);
struct job *job_by_seq(const struct jobs *js, const struct session *s, uint64_t seq);
/* It is one of @s, whose caller calls it @seq. 0 or -ENOMEM. */
_must_check_ int job_join(struct jobs *js, struct job *j, struct session *s, uint64_t seq);
/* Close the descriptors that it still has. */
void job_drop_fds(struct jobs *js, struct job *j);

/* "12", or of several "12.1": as it is known in the ledger and the log. */
void stage_name(const struct stage *s, char name[STAGE_NAME]);

/* The results of a session that were taken are of no use any more. */
void session_forget_taken(struct jobs *js, struct session *s);

bool job_has_ended(const struct job *j);

/* It ran, in its time, and its last stage with status 0. */
bool job_succeeded(const struct job *j);
