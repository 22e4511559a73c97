/* SPDX-License-Identifier: MIT */
/*
 * Their definition is not known any more, but how far their end had come may be: the ledger
 * still has their record.
 */
#include "daemon/manager/strays.h"

#include <signal.h>

enum { STRAY_WAIT_MS = 10 * 1000 }; /* as stopwaitsecs, if nobody says otherwise */

struct stray {
	struct list link;
	proc_id id;
	proc_gen gen;
	mono_t due;
};

static void send_signal(struct manager *m, proc_id id, proc_gen gen, int signo)
{
	const struct link_msg msg = {
		.type = LINK_SIGNAL,
		.signal = { .id = id, .gen = gen, .signo = signo, .group = true, .cont = true }
	};

	manager_tell_keeper(m, &msg, -1);
}

/* When it is to be killed: as was decided, or after a stop signal that it gets now. */
static mono_t begin_end(struct manager *m, const struct link_slot *s)
{
	struct ledger_entry e;

	if (ledger_find_id(m->ledger, s->id, &e) && e.proc.gen == s->gen &&
	    (e.proc.state == PROC_STOP_TERM || e.proc.state == PROC_STOP_KILL))
		return e.proc.deadline;
	send_signal(m, s->id, s->gen, SIGTERM);
	return mono_add(loop_now(m->loop), STRAY_WAIT_MS);
}

void strays_end(struct manager *m, const struct link_slot *s)
{
	const struct link_msg forget = { .type = LINK_FORGET, .proc = { .id = s->id } };
	struct stray *stray;

	if (!s->pid) {
		manager_tell_keeper(m, &forget, -1);
		return;
	}
	manager_log(m, LEVEL_CRITICAL, "pid %d belongs to no program any more: it is ended",
		    s->pid);
	stray = malloc(sizeof *stray);
	if (!stray)
		manager_out_of_memory();
	*stray = (struct stray){ .id = s->id, .gen = s->gen, .due = begin_end(m, s) };
	list_append(&m->strays, &stray->link);
}

static void drop(struct stray *s)
{
	list_unlink(&s->link);
	free(s);
}

void strays_gone(struct manager *m, proc_id id)
{
	struct list *next;

	for (struct list *l = m->strays.next; l != &m->strays; l = next) {
		struct stray *s = container_of(l, struct stray, link);

		next = l->next;
		if (s->id == id)
			drop(s);
	}
}

/* What is killed and does not go is the kernel's. */
void strays_tick(struct manager *m, mono_t now)
{
	struct list *next;

	for (struct list *l = m->strays.next; l != &m->strays; l = next) {
		struct stray *s = container_of(l, struct stray, link);

		next = l->next;
		if (mono_before(now, s->due))
			continue;
		send_signal(m, s->id, s->gen, SIGKILL);
		drop(s);
	}
}

mono_t strays_due(const struct manager *m)
{
	mono_t t = MONO_NEVER;

	for (struct list *l = m->strays.next; l != &m->strays; l = l->next)
		t = mono_min(t, container_of(l, struct stray, link)->due);
	return t;
}

void strays_done(struct manager *m)
{
	while (list_linked(&m->strays))
		drop(container_of(m->strays.next, struct stray, link));
}
