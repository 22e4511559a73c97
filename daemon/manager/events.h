/* SPDX-License-Identifier: MIT */
/*
 * events.h - tells clients, and later event listeners, what happens: Events.
 *
 * The last happenings are kept (happening.h), and a subscriber is a place in them: one that
 * reads slowly misses the oldest, is told how many, and holds up nobody. Their numbers go on
 * when the manager is replaced; what was kept does not.
 */
#pragma once

#include "daemon/manager/job.h"
#include "daemon/manager/manager.h"

/* The numbers go on from what @fd, taken over, says of them; -1: they begin. 0 or -errno. */
_must_check_ int events_begin(struct manager *m, int fd);

/* --- what has happened -------------------------------------------------------------------- */

/* @p shows @seen now; it was @before. */
void events_state(struct manager *m, const struct unit *u, const struct proc *p,
		  enum proc_seen seen, enum proc_seen before);
void events_group(struct manager *m, const char *group, bool added);
void events_daemon(struct manager *m, bool up);
/* LINES, CAPTURED, DROPPED of the logger. */
void events_output(struct manager *m, const struct link_msg *msg);
/* One that nobody is attached to. */
void events_job(struct manager *m, const struct job *j);

/* --- who is told -------------------------------------------------------------------------- */

/* Once a turn: tell each subscriber what is new, as far as it reads. */
void events_tick(struct manager *m);

/* The client left. */
void events_abandon(struct manager *m, uint64_t conn);

/* All are told the rest, and then @error. */
void events_end(struct manager *m, const char *error);
