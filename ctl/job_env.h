/* SPDX-License-Identifier: MIT */
/*
 * job_env.h - the environment of a job, from that of the caller, files and options.
 */
#pragma once

#include <jansson.h>

#include "ctl/job_options.h"

/* Outcomes. Negative values are errno. */
enum { JOB_ENV_OK, JOB_ENV_BAD };

/*
 * An array of "NAME=value", without namesakes: @from (NULL-ended; of it only PATH if the
 * options say so), then files, then single variables, then secrets; what comes later counts.
 * Variables of @from that are not UTF-8 cannot be sent: their names are appended to @lost, one
 * a line. JOB_ENV_BAD, and what is wrong in @why.
 */
_must_check_ int job_env(const struct job_options *o, char *const *from, json_t **ret,
			 struct buf *lost, struct buf *why);
