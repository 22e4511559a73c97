/* SPDX-License-Identifier: MIT */
/*
 * roster.h - all processes in their groups: who is next, who is due, who goes first.
 *
 * Pure, as proc.h. Memory is taken when a group is added, never while stepping. Orders are
 * supervisord's: start ascending by (priority, name) of group, then the group's own order at
 * boot and (priority, name) of process on request; shutdown from the highest priority number
 * down, the next when all of this one is at rest. What differs: groups of one priority go down
 * together, where supervisord waits for each by itself, so that the time a shutdown takes is
 * not the sum of all that hang.
 */
#pragma once

#include "daemon/core/proc.h"

struct roster;

/* One process to be added. @name is copied. */
struct roster_member {
	const char *name;
	int priority;
	struct proc_policy policy;
	const struct proc *saved; /* from the ledger, to go on from there; NULL: a new one */
};

/* What can be known of one process; borrowed until the roster changes. */
struct roster_entry {
	const struct proc *proc;
	const char *name, *group;
	int priority, group_priority;
	void *data; /* the caller's own: see roster_set_data */
};

/* Ids are given from @first_id upwards. 0 or -ENOMEM. */
_must_check_ int roster_new(proc_id first_id, struct roster **ret);
struct roster *roster_free(struct roster *r);
static inline void roster_freep(struct roster **r)
{
	*r = roster_free(*r);
}

/*
 * Add a group; with @autostart its autostart members that never ran are started, in order, by
 * the next roster_more() calls. The ids of all go to @ret_ids[n]; saved ones keep theirs, and
 * are then told what proc.h asks for. 0, or with nothing changed -ENOMEM or -EEXIST: the group,
 * a name twice in it, or an id that is in use.
 */
_must_check_ int roster_add_group(struct roster *r, const char *name, int priority,
				  const struct roster_member *v, size_t n, bool autostart,
				  mono_t now, proc_id *ret_ids);

/* Add an empty group that only those see who name it: roster_list(NULL), roster_groups() and
 * roster_count() leave it out. A shutdown stops it before all others. 0, -ENOMEM or -EEXIST. */
_must_check_ int roster_add_hidden_group(struct roster *r, const char *name);

/* Add to a group that exists, at the end of its order. As above, or -ENOENT. */
_must_check_ int roster_add_process(struct roster *r, const char *group,
				    const struct roster_member *m, bool autostart, mono_t now,
				    proc_id *ret_id);

/*
 * Take @id out: roster_more() stops it if it is not at rest, and as soon as it is the step says
 * EFFECT_REMOVED and it is gone. It starts no more. The group stays, also when empty.
 */
void roster_remove_when_down(struct roster *r, proc_id id);

/* Remove a group whose processes are all at rest, and them with it (no EFFECT_REMOVED). 0,
 * -ENOENT or -EBUSY. */
_must_check_ int roster_remove_group(struct roster *r, const char *name);

void roster_set_group_priority(struct roster *r, const char *name, int priority);

/* Another policy, at once (proc_set_policy). One that never ran and now has autostart starts,
 * as it would have if it had been added so. */
void roster_set_policy(struct roster *r, proc_id id, int priority,
		       const struct proc_policy *policy, mono_t now, struct effects *fx);

void roster_set_data(struct roster *r, proc_id id, void *data);

/* False if there is no such process (any more). */
bool roster_get(const struct roster *r, proc_id id, struct roster_entry *ret);
proc_id roster_find(const struct roster *r, const char *group, const char *name);
bool roster_has_group(const struct roster *r, const char *name);
size_t roster_count(const struct roster *r); /* as many as roster_list(NULL) has */
proc_id roster_next_id(const struct roster *r); /* that the next new process will get */

/*
 * All processes, or those of @group if not NULL, in one order. Writes at most @max ids and
 * returns how many there are.
 */
enum roster_order {
	ORDER_NAME, /* group name, process name: as status lists them */
	ORDER_PRIORITY, /* group (priority, name), process (priority, name): start, stop all */
};
size_t roster_list(const struct roster *r, const char *group, enum roster_order order,
		   proc_id *ret, size_t max);

/* Group names in (priority, name) order; as roster_list. Borrowed until the roster changes. */
size_t roster_groups(const struct roster *r, const char **ret, size_t max);

/*
 * From now on nothing starts; groups are stopped in order, the processes of one all together;
 * what is in BACKOFF becomes FATAL. Ends with EFFECT_ALL_DOWN, once, also without any process.
 */
void roster_shutdown(struct roster *r);
bool roster_shutting_down(const struct roster *r);

/*
 * The next event that the roster itself wants stepped: a deadline that has come, an autostart,
 * the next process of a shutdown. It is handed out once: step it. False if there is none now.
 */
bool roster_more(struct roster *r, mono_t now, struct event *ret);

/* Step one event, of the caller's or of roster_more(). Events for nobody are dropped. */
void roster_step(struct roster *r, const struct event *ev, mono_t now, struct effects *fx);

/* The earliest deadline of all; a time long past if roster_more() has something right now. */
mono_t roster_due(const struct roster *r);
