/* SPDX-License-Identifier: MIT */
#include "daemon/keeper/slots.h"

#include "daemon/keeper/say.h"
#include "daemon/sys/pidfd.h"

/* Of ours: a pidfd and two streams; both ends; what else there is, forks and links under way
 * included. */
enum { FDS_PER_SLOT = 3, FDS_PER_WIRE = 2, FDS_RESERVE = 64 };

struct slot *slot_of(const struct keeper *k, uint32_t id)
{
	return id ? map_get(&k->by_id, id) : NULL;
}

struct slot *slot_of_pid(const struct keeper *k, pid_t pid)
{
	return map_get(&k->by_pid, (uint32_t)pid);
}

struct slot *slot_make(struct keeper *k, uint32_t id)
{
	struct slot *s = slot_of(k, id);

	if (s)
		return s;
	if (map_reserve(&k->by_id) < 0)
		return NULL;
	s = malloc(sizeof *s);
	if (!s)
		return NULL;
	*s = (struct slot){ .id = id, .pidfd = -1, .report = -1, .exec_due = MONO_NEVER };
	for (int i = 0; i < 2; i++)
		s->pipes[i] = (struct pipe_end){ -1, false };
	list_init(&s->untold);
	list_init(&s->launching);
	map_put(&k->by_id, id, s);
	return s;
}

bool slot_fits(const struct keeper *k)
{
	return k->by_id.n * FDS_PER_SLOT + k->wires.n * FDS_PER_WIRE + k->n_deposits +
		       k->n_launching + FDS_RESERVE <=
	       k->nofile_max;
}

int slot_room_for_pid(struct keeper *k)
{
	return map_reserve(&k->by_pid);
}

void slot_set_pid(struct keeper *k, struct slot *s, pid_t pid, int pidfd)
{
	s->pid = pid;
	s->pidfd = pidfd;
	s->stopped = s->wake = false;
	map_put(&k->by_pid, (uint32_t)pid, s);
}

void slot_clear_pid(struct keeper *k, struct slot *s)
{
	if (!s->pid)
		return;
	map_drop(&k->by_pid, (uint32_t)s->pid);
	s->pidfd = fd_close(s->pidfd);
	s->pid = 0;
}

static void wake(struct slot *s)
{
	s->wake = false;
	(void)pidfd_signal(s->pidfd, s->pid, SIGCONT, false);
}

void slot_wake(struct slot *s)
{
	s->wake = true;
	if (s->stopped)
		wake(s);
}

void slot_set_stopped(struct slot *s, bool stopped)
{
	s->stopped = stopped;
	if (stopped && s->wake)
		wake(s);
}

void slot_launching(struct keeper *k, struct slot *s, mono_t due)
{
	s->exec_due = due;
	list_append(&k->launching, &s->launching);
	k->n_launching++;
	/* If this fails, the report is read when it is due or the process is reaped. */
	(void)!pollset_add(k->reports, s->report, s->id);
}

void slot_launched(struct keeper *k, struct slot *s)
{
	if (s->report < 0)
		return;
	if (list_linked(&s->launching)) {
		pollset_drop(k->reports, s->report);
		list_unlink(&s->launching);
		k->n_launching--;
	}
	s->report = fd_close(s->report);
	s->exec_due = MONO_NEVER;
}

void slot_clear_record(struct slot *s)
{
	s->ended = s->exec_done = false;
	s->wait_status = s->exec_error = s->exec_stage = 0;
	s->end = (struct slot_end){ 0 };
}

void slot_detach(struct keeper *k, struct slot *s)
{
	slot_launched(k, s);
	slot_clear_pid(k, s);
	map_drop(&k->by_id, s->id);
}

void slot_free(struct slot *s)
{
	list_unlink(&s->untold);
	for (int i = 0; i < 2; i++)
		(void)fd_close(s->pipes[i].fd);
	free(s);
}

void slots_done(struct keeper *k)
{
	for (size_t i = 0; i < k->by_id.cap; i++)
		while (k->by_id.v[i].value) { /* another one may move up */
			struct slot *s = k->by_id.v[i].value;

			slot_detach(k, s);
			slot_free(s);
		}
	while (list_linked(&k->untold)) /* detached, and waiting for a logger */
		slot_free(container_of(k->untold.next, struct slot, untold));
	map_done(&k->by_id);
	map_done(&k->by_pid);
}

static void tell(struct keeper *k, const struct slot *s)
{
	say(&k->manager, &(struct link_msg){ .type = LINK_SLOT,
					     .slot = { .id = s->id,
						       .gen = s->gen,
						       .pid = s->pid,
						       .exec_done = s->exec_done,
						       .ended = s->ended,
						       .wait_status = s->wait_status,
						       .exec_error = s->exec_error,
						       .exec_stage = s->exec_stage,
						       .utime_us = s->end.utime_us,
						       .stime_us = s->end.stime_us,
						       .maxrss_kb = s->end.maxrss_kb,
						       .leftovers = s->end.leftovers,
						       .ended_wall_ms = s->end.wall_ms } });
}

void slots_tell(struct keeper *k)
{
	for (size_t i = 0; i < k->by_id.cap; i++)
		if (k->by_id.v[i].value)
			tell(k, k->by_id.v[i].value);
}
