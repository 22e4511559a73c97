/* SPDX-License-Identifier: MIT */
/*
 * launch.h - from the manager's recipe to a running program.
 */
#pragma once

#include "daemon/keeper/keeper.h"

/* Fork, and tell the manager; what becomes of it is told when it is known. @fds: what came
 * with the recipe; they stay the caller's. */
void launch(struct keeper *k, const struct link_spawn *recipe, const int *fds);

/* Read what the child of @s on its way to exec has said by now, if anything. */
void launch_look(struct keeper *k, struct slot *s);

/* A report can be read: pollset_fn. */
void launch_on_report(void *keeper, uint64_t id, bool ended);

/* End those that are late, and say when the next one will be. */
void launch_expire(struct keeper *k, mono_t now);
mono_t launch_due(const struct keeper *k);

/* The frame about @s of that type, to be completed. */
struct link_msg launch_msg(enum link_type type, const struct slot *s);
