/* SPDX-License-Identifier: MIT */
/*
 * run_options.h - the command line of run.
 */
#pragma once

#include "ctl/job_options.h"

struct run_options {
	struct job_options job; /* first: see JOB_FLAG */
	const char *json; /* NULL: not asked for; "": on standard output; else to this file */
	const char *stdin_file, *stdin_data, *stdout_file, *stderr_file; /* or NULL */
	bool detach, help;
};

#define RUN_OPTIONS_INIT                                                                       \
	{                                                                                      \
		.job = JOB_OPTIONS_INIT                                                        \
	}

extern const struct flags run_flags;

/* As flags_read(); also refuses options that contradict each other. */
_must_check_ int run_options_read(size_t n, char *const *words, struct run_options *o,
				  size_t *ret_used, struct buf *why);
void run_options_done(struct run_options *o);
