/* SPDX-License-Identifier: MIT */
/*
 * job_kept.h - what of jobs and sessions outlives the manager: records in the journal
 * (job_store.h), and how the next one reads them.
 *
 * What is accepted is in the journal before its caller hears of it, and an end before the
 * keeper may forget it. How far a job has come in between is in the ledger.
 */
#pragma once

#include "daemon/manager/job.h"
#include "daemon/manager/manager.h"

/* A session that has just begun; @template as it was said, or NULL. 0 or -errno. */
_must_check_ int session_keep(struct manager *m, struct session *s, json_t *template);

/* A job that was accepted, as @said. 0 or -errno. */
_must_check_ int job_keep(struct manager *m, struct job *j, json_t *said);

/* A job has ended, and looks like @o. Without room for it, the next manager will not know. */
void job_keep_end(struct manager *m, struct job *j, json_t *o);

/* A job is forgotten. */
void job_keep_drop(struct manager *m, struct job *j);

/* More results of a session were taken; the session is over, with all of its jobs. */
void session_keep_seen(struct manager *m, const struct session *s);
void session_keep_gone(struct manager *m, struct session *s);

/* All that the journal has, into the books; @fd, which is taken over, is what the keeper held.
 * 0 or -errno. */
_must_check_ int jobs_read(struct manager *m, int fd);

/* A new, empty journal, and deposit it. 0 or -errno. */
_must_check_ int jobs_write(struct manager *m);

/* Leave behind what is of no use any more, if that is much. */
void jobs_compact(struct manager *m);
