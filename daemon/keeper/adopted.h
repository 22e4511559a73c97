/* SPDX-License-Identifier: MIT */
/*
 * adopted.h - processes that an earlier keeper started, which are not our children: their ends
 * are seen by their pidfds.
 */
#pragma once

#include "daemon/keeper/keeper.h"

/* The slot has that process, whose pidfd it takes. */
void adopt(struct keeper *k, struct slot *s, int pidfd);

/* One of them has ended: pollset_fn. */
void adopted_on_end(void *keeper, uint64_t id, bool ended);

/* Look again how those ended of which it was not known yet. */
void adopted_tend(struct keeper *k, mono_t now);
mono_t adopted_due(const struct keeper *k);
