/* SPDX-License-Identifier: MIT */
/*
 * job_boot.h - jobs at a beginning: none, those that stay over a reload, or what another
 * manager left.
 */
#pragma once

#include "daemon/manager/job.h"
#include "daemon/manager/manager.h"

/* A descriptor that the keeper held for a job that waits. */
struct kept_fd {
	uint64_t job;
	unsigned which; /* 0 to 2 */
	int fd;
};

/* Whether a deposit of this name is of a job: then it is taken. */
bool jobs_take_deposit(struct manager *m, const char *name, int *fd);

/* The roster is new: make room for jobs in it. 0 or -errno. */
_must_check_ int jobs_begin(struct manager *m);

/* The same, with all jobs that another manager left. */
_must_check_ int jobs_adopt(struct manager *m);

/* From now on the pools are those of @next, also in the configuration in force. 0 or -ENOMEM
 * with nothing changed. */
_must_check_ int jobs_change_pools(struct manager *m, const struct config *next);
