/* SPDX-License-Identifier: MIT */
/*
 * job_output.h - what jobs print into logs, for those who ask for it.
 */
#pragma once

#include "daemon/manager/job.h"
#include "daemon/manager/manager.h"

/* A job has begun, or never will: those who were to see its output from its beginning do. */
void job_output_begin(struct manager *m, const struct job *j);

/* All who wait for that go. */
void job_outputs_done(struct manager *m);
