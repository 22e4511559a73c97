/* SPDX-License-Identifier: MIT */
/*
 * job_end.h - how stages and jobs have ended, and who is told.
 */
#pragma once

#include "daemon/manager/job.h"
#include "daemon/manager/manager.h"

/* The process of a stage is at rest, as in @p: its job ends with the last of them, and may be
 * gone afterwards. */
void stage_end(struct manager *m, struct stage *s, const struct proc *p);

/* The same for one that was never begun. */
void stage_end_unrun(struct manager *m, struct stage *s);

/* A job is DONE or SKIPPED: keep that, tell it, and let go of the rest. It may be gone
 * afterwards. */
void job_finish(struct manager *m, struct job *j);

/* What its caller gave it is not needed any more. */
void job_release_fds(struct manager *m, struct job *j);

/* A result is of no interest any more; its logs go with it. */
void job_forget(struct manager *m, struct job *j);

/* No more results are kept than the configuration says. */
void jobs_trim(struct manager *m);
