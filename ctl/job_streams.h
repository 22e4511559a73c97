/* SPDX-License-Identifier: MIT */
/*
 * job_streams.h - what the standard streams of a job are: descriptors of ours, or the daemon's.
 */
#pragma once

#include <jansson.h>

#include "ctl/line.h"
#include "ctl/run_options.h"

struct job_streams {
	const char *what[LINE_FDS]; /* as JobSpec says it: "fd", "null", "log", "stdout" */
	int fds[LINE_FDS]; /* of those that are "fd", in order */
	unsigned n_fds;
	int opened[LINE_FDS]; /* to be closed; -1: none */
};

/* Outcomes. Negative values are errno. */
enum { JOB_STREAMS_OK, JOB_STREAMS_BAD };

/*
 * As the options say, and @own (of this process) where they say nothing; of a job that is
 * detached, nothing in and to logs. Who is in the background does not read the terminal: then
 * it is nothing in, too. JOB_STREAMS_BAD, and what is wrong in @why.
 */
_must_check_ int job_streams_open(const struct run_options *o, const int own[LINE_FDS],
				  struct job_streams *ret, struct buf *why);
void job_streams_close(struct job_streams *s);

/* Set the members stdin, stdout and stderr. 0 or -ENOMEM. */
_must_check_ int job_streams_set(const struct job_streams *s, json_t *spec);
