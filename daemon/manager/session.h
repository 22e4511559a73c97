/* SPDX-License-Identifier: MIT */
/*
 * session.h - who has jobs run, and waits for their results: one caller of Attach.
 *
 * Its caller has chosen its key, by which it is found again after the manager was replaced. It
 * keeps the books only, as job.h.
 */
#pragma once

#include <sys/types.h>

#include "daemon/manager/job.h"

/* How long one may be without a caller after the manager was replaced. */
enum { SESSION_PATIENCE_MS = 10 * 1000 };

struct session {
	struct list link; /* in jobs.sessions */
	struct jobs *of;
	uint64_t number; /* never given twice */
	char *key;
	uid_t uid; /* of whom it is */
	struct job_spec *template; /* NULL: none */
	int limit; /* of jobs that run at once; 0: none */
	uint64_t conn, serial; /* the Attach that is being answered; conn 0: there is none */
	mono_t due; /* when it is over, without one */
	bool ending; /* its jobs are stopped, and go with it */
	struct list jobs, results; /* not ended; ended, and not taken, in the order told */
	size_t n_jobs; /* in both */
	uint64_t n_results, seen; /* results that there were; that were taken */
	struct store_ref record;
};

/* 0 or -ENOMEM. @key is copied; @template gets one more reference. */
_must_check_ int session_new(struct jobs *js, uint64_t number, const char *key, uid_t uid,
			     struct job_spec *template, int limit, struct session **ret);

/* It has no jobs any more. */
void session_free(struct session *s);

/* NULL: there is none. */
struct session *session_by_key(const struct jobs *js, const char *key);
struct session *session_by_number(const struct jobs *js, uint64_t number);

/* The name of its pool in the queue, which no configuration can say. */
enum { SESSION_POOL_BYTES = 24 };
const char *session_pool(const struct session *s, char name[SESSION_POOL_BYTES]);
