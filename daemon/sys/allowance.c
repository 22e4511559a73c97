/* SPDX-License-Identifier: MIT */
/*
 * allowance.c - what was asked for and cannot be had is a reason not to start: a program that
 * runs without its limit is worse than one that does not run and says why.
 */
#include "daemon/sys/allowance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

enum { IOPRIO_WHO_PROCESS = 1 };

static rlim_t limit_of(uint64_t n)
{
	return n == UINT64_MAX ? RLIM_INFINITY : (rlim_t)n;
}

int allowance_read(const struct link_spawn *recipe, struct allowance *ret)
{
	const struct link_bytes *list = &recipe->rlimits;
	struct link_rlimit one;

	*ret = (struct allowance){ .given = recipe->given,
				   .nice = recipe->nice,
				   .oom_score_adj = recipe->oom_score_adj,
				   .ioprio = recipe->ioprio };
	if (list->n % sizeof one || list->n / sizeof one > ALLOWANCE_LIMITS)
		return -EINVAL;
	for (uint32_t at = 0; at < list->n; at += (uint32_t)sizeof one) {
		memcpy(&one, list->data + at, sizeof one);
		if (one.resource >= RLIM_NLIMITS || one.soft > one.hard)
			return -EINVAL;
		ret->limits[ret->n_limits].resource = (int)one.resource;
		ret->limits[ret->n_limits].limit =
			(struct rlimit){ limit_of(one.soft), limit_of(one.hard) };
		ret->n_limits++;
	}
	return 0;
}

static int set_oom_score_adj(int score)
{
	char text[16];
	const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	const int n = snprintf(text, sizeof text, "%d", score);
	ssize_t done;

	if (fd < 0)
		return -1;
	done = write(fd, text, (size_t)n);
	(void)close(fd);
	return done == n ? 0 : -1;
}

int allowance_apply(const struct allowance *a)
{
	if ((a->given & LINK_OOM_SCORE_ADJ) && set_oom_score_adj(a->oom_score_adj) < 0)
		return CHILD_OOM_SCORE_ADJ;
	if ((a->given & LINK_NICE) && setpriority(PRIO_PROCESS, 0, a->nice) < 0)
		return CHILD_NICE;
	if ((a->given & LINK_IOPRIO) &&
	    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, a->ioprio) < 0)
		return CHILD_IOPRIO;
	/* Last: one of them may forbid what the others need. */
	for (size_t i = 0; i < a->n_limits; i++)
		if (setrlimit((__rlimit_resource_t)a->limits[i].resource, &a->limits[i].limit) <
		    0)
			return CHILD_LIMITS;
	return 0;
}
