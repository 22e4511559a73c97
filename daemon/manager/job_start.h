/* SPDX-License-Identifier: MIT */
/*
 * job_start.h - the stages of a job become processes.
 */
#pragma once

#include "daemon/manager/job.h"
#include "daemon/manager/manager.h"

/* Put those stages of @j into the roster that are not in it and have not run, and post their
 * start. */
void job_start(struct manager *m, struct job *j);

/* EFFECT_SPAWN of a stage: ask the keeper for it. */
void job_spawn(struct manager *m, struct unit *u, proc_gen gen);

/* What the machine must know of a stage of @spec. */
struct proc_policy job_policy(const struct job_spec *spec);

/* A stage that a manager before us had in the roster goes on there. 0 or -errno. */
_must_check_ int stage_adopt(struct manager *m, struct stage *s, size_t slot,
			     const struct ledger_entry *e);
