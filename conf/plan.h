/* SPDX-License-Identifier: MIT */
/*
 * plan.h - what must happen so that what runs becomes what the file says. Pure.
 *
 * Which attributes count, and that AUTO on either side is not compared, is supervisord's rule
 * (its Config.__ne__); that a change of policy alone needs no restart is ours.
 */
#pragma once

#include "conf/config.h"
#include "conf/keys.h"

enum plan_kind {
	PLAN_SAME,
	PLAN_POLICY, /* differs only in what can be applied to a running process */
	PLAN_RESTART, /* differs in what it was started with */
	PLAN_ADDED,
	PLAN_REMOVED,
};

/* One process of a changed group. */
struct plan_process {
	enum plan_kind kind;
	const char *name; /* borrowed from the old or the new group */
	const struct process_spec *from, *to; /* NULL for ADDED, REMOVED */
};

/* One group that is not the same. */
struct plan_group {
	enum plan_kind kind; /* ADDED, REMOVED; POLICY or RESTART: changed */
	struct group_spec *from, *to; /* borrowed; NULL for ADDED, REMOVED */
	struct plan_process *v; /* for POLICY, RESTART: every process of both */
	size_t n;
};

struct plan {
	struct plan_group *v; /* sorted by name */
	size_t n;
};

/* 0, or -ENOMEM. @running borrows; the plan borrows from both sides. */
_must_check_ int plan_make(struct group_spec *const *running, size_t n,
			   const struct config *next, struct plan *ret);
void plan_done(struct plan *p);
static inline void plan_donep(struct plan *p)
{
	plan_done(p);
}

/* Do they say the same for row @k of program_keys, one with a field in struct process_spec? */
bool plan_same(const struct key *k, const struct process_spec *a, const struct process_spec *b);

/* How two definitions of one process differ: PLAN_SAME, PLAN_POLICY or PLAN_RESTART. */
enum plan_kind plan_compare(const struct process_spec *a, const struct process_spec *b);
