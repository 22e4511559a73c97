/* SPDX-License-Identifier: MIT */
/*
 * groups.h - which groups are in the roster: added, removed, changed, found again.
 *
 * What runs is kept with the keeper as configuration text (snapshot), so that a manager that
 * comes back knows definitions as they were, whatever has happened to the file since.
 */
#pragma once

#include "conf/plan.h"
#include "daemon/manager/manager.h"

/* Descriptors that keeper and logger need for each process, and for themselves. */
enum { GROUPS_FDS_PER_PROCESS = 3, GROUPS_FDS_RESERVE = 256 };

/* Begin with these groups; members that are in the ledger go on from there. 0 or -errno. */
_must_check_ int groups_begin(struct manager *m, struct group_spec *const *groups, size_t n);

/* Room in the ledger for @n more, before the first of them is claimed: what is claimed and not
 * in the roster yet would be left behind. 0 or -errno. */
_must_check_ int groups_reserve(struct manager *m, size_t n);

/* Everything out of the roster, all at rest: before a new beginning. */
void groups_end(struct manager *m);

/* A group of the configuration that is not in the roster. 0, -EEXIST or -ENOMEM. */
_must_check_ int groups_add(struct manager *m, struct group_spec *g);

/* A group whose processes are all at rest. 0, -ENOENT or -EBUSY. */
_must_check_ int groups_remove(struct manager *m, const char *name);

/*
 * Carry out one changed group of a plan: what only touches policy is in force at once, a
 * process that must be started with something else is restarted if it runs.
 */
void groups_change(struct manager *m, const struct plan_group *change);

/* The spec of a group in the roster, or NULL; borrowed. */
struct group_spec *groups_find(const struct manager *m, const char *name);

/* The definition planned for @u, if any, is the definition now: nothing of it runs, or what
 * runs need not be started again for it. */
void groups_switch(struct manager *m, struct unit *u, mono_t now);

/* EFFECT_REMOVED: give back what belongs to a process. */
void groups_forget_process(struct manager *m, proc_id id);

/*
 * Keep what runs with the keeper, if it has changed: after what else comes of the change is in
 * the ledger, and before anything of it is started or anybody is told.
 */
void groups_keep(struct manager *m);

/*
 * Whether @n processes fit under the limit of descriptors that the keeper has; if not, an
 * error in @d with the number that would do.
 */
bool groups_fit(const struct manager *m, size_t n, const char *file, struct diags *d);
size_t groups_count(struct group_spec *const *groups, size_t n);
