/* SPDX-License-Identifier: MIT */
/*
 * roster_impl.h - what a roster is made of, for roster.c (who is in it), listing.c (in which
 * order) and rounds.c (what happens next). Nobody else looks inside.
 */
#pragma once

#include "base/list.h"
#include "daemon/core/order.h"
#include "daemon/core/roster.h"
#include "daemon/core/timers.h"

/* Allocated one by one, for proc.policy points into it and callers borrow. */
struct entry {
	struct proc proc;
	struct proc_policy policy;
	struct timer timer;
	struct group *group;
	void *data;
	struct list leaving; /* in roster.leaving until its stop was handed out */
	int priority;
	bool waits; /* for its autostart */
	bool leaves; /* goes as soon as it is at rest */
	char name[];
};

struct group {
	int priority;
	bool hidden; /* not of those that are listed; the last by priority */
	struct order own; /* as the configuration has them: boot */
	struct order by_priority, by_name;
	uint32_t busy; /* how many are not at rest */
	uint32_t waiting; /* how many wait for their autostart */
	uint32_t boot_at; /* of own: before it none waits */
	uint32_t down_at; /* of by_priority: from it on all were told to stop */
	char name[];
};

struct roster {
	struct order by_id; /* entries */
	struct order by_priority, by_name; /* groups */
	struct timers timers;
	struct list leaving;
	proc_id next_id;
	uint32_t hidden; /* how many of the groups */
	uint32_t hidden_entries;
	uint32_t waiting;
	uint32_t boot_at; /* of by_priority: before it none waits */
	uint32_t down_at; /* of by_priority: from it on all is at rest, if closing */
	uint32_t told_at; /* of by_priority: from it on all were told to stop, if closing */
	bool closing;
	bool all_down; /* was told */
};

order_fn entry_by_id, entry_by_name, entry_by_priority, group_by_name, group_by_priority;

/* Below, equal to or above 0: @a goes down after, with or before @b. */
int group_rank(const struct group *a, const struct group *b);

/* NULL if there is none. */
struct entry *roster_entry_of(const struct roster *r, proc_id id);
struct group *roster_group_of(const struct roster *r, const char *name);

/* It waits for its autostart, if that is for it; and it no longer does. */
void roster_wait(struct roster *r, struct entry *e);
void roster_unwait(struct roster *r, struct entry *e);

/* Out of all rows, and freed. */
void roster_drop_entry(struct roster *r, struct entry *e);
