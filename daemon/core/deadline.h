/* SPDX-License-Identifier: MIT */
/*
 * deadline.h - how long each state lasts.
 *
 * Both are worked out from nothing but what a process has gone through and its policy, so that
 * another policy moves them, counted from the same moment.
 */
#pragma once

#include "daemon/core/proc.h"

/* When the state of @p ends by itself; MONO_NEVER: it does not. */
mono_t deadline_of(const struct proc *p);

/* When @p has run for as long as it may; MONO_NEVER: as long as it likes, or it does not run.
 */
mono_t run_until_of(const struct proc *p);

/* How long it must be up to be READY. */
static inline msec_t proc_startsecs(const struct proc_policy *policy)
{
	return policy->oneshot ? 0 : policy->startsecs;
}

static inline struct guard_limit proc_limit(const struct proc_policy *policy)
{
	return (struct guard_limit){ policy->rate, policy->burst };
}
