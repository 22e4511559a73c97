/* SPDX-License-Identifier: MIT */
/*
 * job_json.h - a job as the protocol shows it (Job of proto/io.reeve.control.varlink), and
 * back.
 *
 * The same object tells a caller how a job has ended and tells the next manager.
 */
#pragma once

#include "daemon/manager/job.h"
#include "daemon/manager/manager.h"

/* The object, or NULL without memory. */
json_t *job_json(const struct manager *m, const struct job *j);

/* A job that has ended, from such an object: in the books, of no session. 0, -EBADMSG: it is
 * none, or -ENOMEM. */
_must_check_ int job_from_json(struct jobs *js, const json_t *o, struct job **ret);

/* @j is known, and has ended as @o says. The same. */
_must_check_ int job_end_from_json(struct job *j, const json_t *o);

/* Milliseconds since 1970. */
int64_t job_wall_ms(void);
