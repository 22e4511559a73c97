/* SPDX-License-Identifier: MIT */
/*
 * patience.c - SCHED_BATCH, of which sched(7) says that it never preempts, with long slices:
 * the later one may end, the later it is begun.
 */
#include "daemon/sys/patience.h"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SLICE_NS = 50 * 1000 * 1000 };

void patience_have(void)
{
	struct sched_attr a = { .size = sizeof a,
				.sched_policy = SCHED_BATCH,
				.sched_runtime = SLICE_NS };

	(void)syscall(SYS_sched_setattr, 0, &a, 0);
}
