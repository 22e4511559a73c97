/* SPDX-License-Identifier: MIT */
/*
 * job_spec.h - what the daemon is told of a job: a JobSpec of the interface.
 */
#pragma once

#include <jansson.h>

#include "ctl/job_options.h"
#include "ctl/stages.h"

/* Outcomes. Negative values are errno. */
enum { JOB_SPEC_OK, JOB_SPEC_BAD };

/*
 * The command of the words of a command line: one word with blanks or pipes is a line to be
 * split, several are one program with its arguments. Words are borrowed unless they were split;
 * free with stages_done(). JOB_SPEC_BAD, and what is wrong in @why.
 */
_must_check_ int job_command(size_t n, char *const *words, struct stages *ret, struct buf *why);

/* All that the options say, and environment, directory and umask of this process where they say
 * nothing. As job_env() otherwise. */
_must_check_ int job_spec(const struct job_options *o, char *const *from, json_t **ret,
			  struct buf *lost, struct buf *why);

/* The member "stages". JOB_SPEC_BAD and @why: a word is no UTF-8. */
_must_check_ int job_stages(const struct stages *s, json_t **ret, struct buf *why);
