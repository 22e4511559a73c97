/* SPDX-License-Identifier: MIT */
/*
 * adopted.c - how one of them ended may be known only when its parent has reaped it, which is
 * systemd or the nearest who takes in orphans; that takes a moment, and no event tells of it.
 */
#include "daemon/keeper/adopted.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "daemon/keeper/reap.h"
#include "daemon/keeper/say.h"
#include "daemon/keeper/slots.h"

enum { STATUS_WITHIN_MS = 2000, LOOK_EVERY_MS = 20, NOBODY_KNOWS = 255 };

void adopt(struct keeper *k, struct slot *s, int pidfd)
{
	slot_adopt(k, s, s->who.pid, pidfd);
	/* Had it failed on its way there, it would not be there. */
	s->exec_done = true;
	if (pollset_add(k->ends, pidfd, s->id) < 0)
		say_log(k, LEVEL_CRITICAL, "cannot see the end of pid %d", s->pid);
}

/* A manager that knows nothing of lost ends takes it for a failure. */
static void end_lost(struct keeper *k, struct slot *s)
{
	const struct rusage none = { 0 };

	say_log(k, LEVEL_WARN, "pid %d has ended, and nobody can say how", s->pid);
	reap_ended(k, s, W_EXITCODE(NOBODY_KNOWS, 0), true, &none);
}

/* False: not now. */
static bool end(struct keeper *k, struct slot *s, mono_t now)
{
	const struct rusage none = { 0 };
	int status;
	const int r = stranger_status(s->pidfd, s->pid, &status);

	if (r == 0)
		reap_ended(k, s, status, false, &none);
	else if (r != -EAGAIN || !mono_before(now, s->status_until))
		end_lost(k, s);
	else
		return false;
	return true;
}

void adopted_on_end(void *keeper, uint64_t id, bool ended)
{
	struct keeper *k = keeper;
	struct slot *s = slot_of(k, (uint32_t)id);
	const mono_t now = loop_now(k->loop);

	(void)ended;
	if (!s || !s->adopted)
		return;
	pollset_drop(k->ends, s->pidfd);
	s->status_until = mono_add(now, STATUS_WITHIN_MS);
	if (end(k, s, now))
		return;
	list_unlink(&s->with);
	list_append(&k->dying, &s->with);
}

void adopted_tend(struct keeper *k, mono_t now)
{
	struct list todo = LIST_INIT(todo);

	list_take(&todo, &k->dying);
	while (list_linked(&todo)) {
		struct slot *s = container_of(todo.next, struct slot, with);

		list_unlink(&s->with);
		if (!end(k, s, now))
			list_append(&k->dying, &s->with);
	}
}

mono_t adopted_due(const struct keeper *k)
{
	return list_linked(&k->dying) ? mono_add(loop_now(k->loop), LOOK_EVERY_MS) : MONO_NEVER;
}
