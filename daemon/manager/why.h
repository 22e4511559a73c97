/* SPDX-License-Identifier: MIT */
/*
 * why.h - what happened to a process or a job, and what comes next: facts, in lines for a
 * person. All append lines without newline to a list of strings.
 */
#pragma once

#include "daemon/manager/job.h"
#include "daemon/manager/manager.h"

void why_process(const struct manager *m, const struct unit *u, const struct proc *p,
		 json_t *lines);

void why_job(const struct manager *m, const struct job *j, json_t *lines);
