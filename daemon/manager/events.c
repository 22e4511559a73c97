/* SPDX-License-Identifier: MIT */
#include "daemon/manager/events.h"

#include <string.h>

#include "daemon/manager/event_book.h"
#include "daemon/manager/job_json.h"

int events_begin(struct manager *m, int fd)
{
	_cleanup_(closep) int own = fd;
	const int r = event_book_new(&own, &m->events);

	if (r == 0 && own != fd)
		manager_deposit(m, "events", own);
	return r;
}

static void add(struct manager *m, struct happening *h)
{
	h->time_ms = job_wall_ms();
	if (m->events)
		event_book_add(m->events, h);
}

/* --- what has happened -------------------------------------------------------------------- */

static enum happening_type type_of(enum proc_seen seen)
{
	switch (seen) {
	case SEEN_STOPPED:
		return HAPPENED_STOPPED;
	case SEEN_STARTING:
		return HAPPENED_STARTING;
	case SEEN_RUNNING:
		return HAPPENED_RUNNING;
	case SEEN_BACKOFF:
		return HAPPENED_BACKOFF;
	case SEEN_STOPPING:
		return HAPPENED_STOPPING;
	case SEEN_EXITED:
		return HAPPENED_EXITED;
	case SEEN_FATAL:
		return HAPPENED_FATAL;
	case SEEN_UNKNOWN:
		return HAPPENED_UNKNOWN;
	}
	return HAPPENED_UNKNOWN;
}

/* In passing, the process is another already when it is told that it has ended. What was
 * stopped while it waited for its next start had none. */
static int32_t pid_of(const struct unit *u, const struct proc *p, enum proc_seen seen,
		      enum proc_seen before)
{
	switch (seen) {
	case SEEN_RUNNING:
	case SEEN_STOPPING:
		return p->pid;
	case SEEN_EXITED:
		return u->last.pid;
	case SEEN_STOPPED:
		return before == SEEN_STOPPING ? u->last.pid : 0;
	case SEEN_STARTING:
	case SEEN_BACKOFF:
	case SEEN_FATAL:
	case SEEN_UNKNOWN:
		return 0;
	}
	return 0;
}

/* How many starts in a row have failed. In passing, they are as many as it may have, and are
 * forgotten already. */
static int32_t tries_of(const struct unit *u, const struct proc *p, enum proc_seen seen)
{
	if (seen != SEEN_STARTING && seen != SEEN_BACKOFF)
		return 0;
	if (seen == SEEN_STARTING || proc_seen(p) == seen)
		return p->failures;
	return 1 + (u->spec->oneshot ? p->policy->retries : p->policy->startretries);
}

void events_state(struct manager *m, const struct unit *u, const struct proc *p,
		  enum proc_seen seen, enum proc_seen before)
{
	struct happening h = {
		.type = type_of(seen),
		.process = u->spec->name,
		.group = u->group->name,
		.pid = pid_of(u, p, seen, before),
		.from_state = proc_seen_name(before),
		.expected = seen == SEEN_EXITED &&
			    proc_exit_expected(p->policy, u->last.wait_status),
		.tries = tries_of(u, p, seen),
	};

	if (seen != before)
		add(m, &h);
}

void events_group(struct manager *m, const char *group, bool added)
{
	add(m,
	    &(struct happening){ .type = added ? HAPPENED_GROUP_ADDED : HAPPENED_GROUP_REMOVED,
				 .group = group });
}

void events_daemon(struct manager *m, bool up)
{
	add(m, &(struct happening){ .type = up ? HAPPENED_UP : HAPPENED_DOWN });
}

static enum happening_type type_of_output(const struct link_msg *msg)
{
	const bool err = msg->output.which;

	if (msg->type == LINK_DROPPED)
		return HAPPENED_DROPPED;
	if (msg->type == LINK_CAPTURED)
		return err ? HAPPENED_SAID_ERR : HAPPENED_SAID_OUT;
	return err ? HAPPENED_ERR : HAPPENED_OUT;
}

void events_output(struct manager *m, const struct link_msg *msg)
{
	const struct link_output *o = &msg->output;
	const struct proc *p;
	struct unit *u;

	if (!manager_find(m, o->id, &u, &p))
		return;
	add(m, &(struct happening){ .type = type_of_output(msg),
				    .process = u->of_job ? u->stage_name : u->spec->name,
				    .group = u->of_job ? "" : u->group->name,
				    .pid = p->pid,
				    .number = o->total,
				    .channel = o->which ? "stderr" : "stdout",
				    .data = o->data.data,
				    .len = o->data.n });
}

void events_job(struct manager *m, const struct job *j)
{
	const struct stage *last = &j->stages[j->n - 1];
	const char *how = j->state == JOB_SKIPPED ? "skipped"
			  : last->description	  ? last->description
						  : "";

	if (j->session)
		return;
	add(m, &(struct happening){ .type = HAPPENED_JOB_ENDED,
				    .number = j->id,
				    .pid = last->pid,
				    .expected = job_succeeded(j),
				    .data = how,
				    .len = strlen(how) });
}
