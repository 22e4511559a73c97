/* SPDX-License-Identifier: MIT */
/*
 * job_exit.h - how a job ended, as an exit status and in words for a person.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "base/buf.h"

/* Exit statuses, as timeout(1) and env(1) have them. */
enum {
	EXIT_TIMED_OUT = 124,
	EXIT_NOT_RUN = 125, /* our failure, not the command's */
	EXIT_NO_EXEC = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNAL = 128, /* + the signal */
	EXIT_MAP_FAILED = 255, /* of map: our failure */
};

/* How it ended: code or minus the signal of its last stage, or of the first that failed with
 * @pipefail. False: it never ran, or nobody knows. */
bool job_status(const json_t *job, bool pipefail, int *ret);

/* What a command exits with whose job this was. */
int job_exit(const json_t *job, bool pipefail);

/* Append why it is not simply the end of a command, a line for each reason: it could not be
 * executed, did not run, was not seen to end. 0 or -ENOMEM. */
_must_check_ int job_trouble(const json_t *job, struct buf *out);
