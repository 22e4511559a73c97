/* SPDX-License-Identifier: MIT */
/*
 * job_run.h - what happens to jobs: they wait, run, end, are told to whom they concern, and are
 * forgotten.
 */
#pragma once

#include "daemon/manager/job.h"
#include "daemon/manager/manager.h"

/* How many may wait at once, and how much memory they may take. */
enum { JOBS_WAITING_MAX = 100 * 1000, JOBS_BYTES_MAX = 128 << 20 };

/* A job that is in the journal waits for its turn. 0, -ENOENT: there is no such pool, or
 * -ENOMEM. */
_must_check_ int job_queue(struct manager *m, struct job *j);

/* Descriptors that its caller has brought again. */
void job_go_on(struct manager *m, struct job *j);

/* Start what may run now. To be called in each turn. */
void jobs_tick(struct manager *m);

/* There is something to start at once. */
bool jobs_more(const struct manager *m);

/* End it: what waits never runs, what runs is stopped. False: it has ended before. */
bool job_stop(struct manager *m, struct job *j, const char *why);

/* It never runs, because of @why. */
void job_skip(struct manager *m, struct job *j, const char *why);

/* A step has changed the process of a stage, which was as in @before. */
void job_stepped(struct manager *m, struct unit *u, const struct proc *p,
		 const struct proc *before);

/* EFFECT_REMOVED of a stage. False: it is none. */
bool job_removed(struct manager *m, proc_id id);

/* The daemon ends, or begins anew: nothing that waits will run. */
void jobs_close(struct manager *m);
