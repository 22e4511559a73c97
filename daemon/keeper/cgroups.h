/* SPDX-License-Identifier: MIT */
/*
 * cgroups.h - a control group for each incarnation of a program, where a tree was left to us;
 * elsewhere nothing here does anything, and no limit of a group is enforced.
 */
#pragma once

#include "daemon/keeper/keeper.h"

/* Look whether there is one. Not having it is no reason not to start. */
void cgroups_init(struct keeper *k);
void cgroups_done(struct keeper *k);

/* CGROUP_CPU …: those that limits can be for. */
unsigned cgroups_controllers(const struct keeper *k);

/* The group of the incarnation of @s that is about to be forked, with the recipe's limits:
 * what the child writes 0 to in order to be in it; -1: it gets none. */
int cgroups_make(struct keeper *k, const struct slot *s, const struct link_spawn *recipe);

/* Whether @pid is in it. */
bool cgroups_has(const struct keeper *k, const struct slot *s, pid_t pid);

/* SIGKILL to all that are in it. */
void cgroups_kill(struct keeper *k, const struct slot *s);

/* Its first process has ended: whether the kernel killed for want of memory in it. It goes when
 * it is empty. */
bool cgroups_ended(struct keeper *k, const struct slot *s);

/* Somebody was reaped, who may have been the last in one of those that have to go. */
void cgroups_look(struct keeper *k);

/* Remove what has become empty meanwhile, and say when to come back. */
void cgroups_tend(struct keeper *k, mono_t now);
mono_t cgroups_due(const struct keeper *k);
