/* SPDX-License-Identifier: MIT */
/*
 * job_wait.h - clients that wait for the end of jobs.
 */
#pragma once

#include "daemon/manager/job.h"
#include "daemon/manager/manager.h"

/* @j has ended and looks like @shown: who waits for it is told. */
void job_waits_notice(struct manager *m, const struct job *j, json_t *shown);

/* The client left. */
void job_waits_abandon(struct manager *m, uint64_t conn);

/* All that wait are answered with @error. */
void job_waits_end(struct manager *m, const char *error);
