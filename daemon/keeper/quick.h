/* SPDX-License-Identifier: MIT */
/*
 * quick.h - which starts may borrow our memory, because they hang nowhere (child.h).
 *
 * It is remembered beyond the process that was seen to be so, for of a thousand jobs of one
 * command each is a process of its own; and for some time only, for a command may be put
 * elsewhere.
 */
#pragma once

#include "daemon/keeper/keeper.h"

/* Two starts with one number look for the same files in the same places. 0: never quick. */
uint64_t quick_key(const struct link_spawn *recipe);

/* Such a start has found all it needs on this machine. */
void quick_learn(struct keeper *k, uint64_t key);

bool quick_knows(const struct keeper *k, uint64_t key);
