/* SPDX-License-Identifier: MIT */
#include "daemon/keeper/slots.h"

#include "daemon/keeper/say.h"
#include "daemon/keeper/store.h"
#include "daemon/sys/notice.h"
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

static struct slot *make(struct keeper *k, uint32_t id, uint32_t place)
{
	struct slot *s = map_reserve(&k->by_id) < 0 ? NULL : malloc(sizeof *s);

	if (!s)
		return NULL;
	*s = (struct slot){ .id = id,
			    .pidfd = -1,
			    .report = -1,
			    .place = place,
			    .notify = -1,
			    .exec_due = MONO_NEVER };
	for (int i = 0; i < 2; i++)
		s->pipes[i] = (struct pipe_end){ .fd = -1, .ahead = -1 };
	list_init(&s->untold);
	list_init(&s->launching);
	list_init(&s->with);
	map_put(&k->by_id, id, s);
	return s;
}

struct slot *slot_make(struct keeper *k, uint32_t id)
{
	struct slot *s = slot_of(k, id);
	uint32_t place = 0;

	if (s || (k->book && book_add(k->book, &place) < 0))
		return s;
	s = make(k, id, place);
	if (s)
		slot_record(k, s);
	else if (k->book)
		book_remove(k->book, place);
	return s;
}

struct slot *slot_remake(struct keeper *k, uint32_t place, const struct book_entry *e)
{
	struct slot *s = make(k, e->id, place);

	if (!s)
		return NULL;
	s->gen = e->gen;
	s->who = e->who;
	s->exec_done = e->exec_done;
	s->ended = e->ended;
	s->lost = e->lost;
	s->wait_status = e->wait_status;
	s->exec_error = e->exec_error;
	s->exec_stage = e->exec_stage;
	s->end = e->end;
	return s;
}

void slot_record(struct keeper *k, const struct slot *s)
{
	if (k->book)
		book_write(k->book, s->place,
			   &(struct book_entry){ .id = s->id,
						 .gen = s->gen,
						 .who = s->who,
						 .exec_done = s->exec_done,
						 .ended = s->ended,
						 .lost = s->lost,
						 .ready = s->said && s->said->ready,
						 .wait_status = s->wait_status,
						 .exec_error = s->exec_error,
						 .exec_stage = s->exec_stage,
						 .end = s->end });
}

bool slot_fits(const struct keeper *k)
{
	return k->by_id.n * FDS_PER_SLOT + k->wires.n * FDS_PER_WIRE + k->n_deposits +
		       k->n_launching + k->n_notify + FDS_RESERVE <=
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
	s->stopped = s->wake = s->asked = s->adopted = false;
	map_put(&k->by_pid, (uint32_t)pid, s);
	if (!k->book)
		return;
	s->who = stranger_identity(pid, pidfd);
	s->stored = store_keep(k, STORED_PIDFD, s->id, NULL, pidfd);
}

/* Not by its pid: once somebody else has reaped it, that may become a child's of ours. */
void slot_adopt(struct keeper *k, struct slot *s, pid_t pid, int pidfd)
{
	s->pid = pid;
	s->pidfd = pidfd;
	s->adopted = true;
	list_append(&k->adopted, &s->with);
}

void slot_clear_pid(struct keeper *k, struct slot *s)
{
	if (!s->pid)
		return;
	if (s->adopted)
		pollset_drop(k->ends, s->pidfd); /* systemd has it open, too */
	else
		map_drop(&k->by_pid, (uint32_t)s->pid);
	list_unlink(&s->with);
	s->stored = store_drop(k, s->stored);
	s->pidfd = fd_close(s->pidfd);
	free(TAKE_PTR(s->said));
	s->who = (struct identity){ 0 };
	s->adopted = false;
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
	if (s->stopped || s->adopted) /* of that one we do not hear */
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
	s->ended = s->exec_done = s->lost = false;
	s->wait_status = s->exec_error = s->exec_stage = 0;
	s->end = (struct slot_end){ 0 };
}

void slot_close_notify(struct keeper *k, struct slot *s)
{
	if (s->notify < 0)
		return;
	pollset_drop(k->notices, s->notify); /* systemd may have it open, too */
	s->notify_stored = store_drop(k, s->notify_stored);
	s->notify = fd_close(s->notify);
	k->n_notify--;
}

void slot_detach(struct keeper *k, struct slot *s)
{
	slot_launched(k, s);
	slot_clear_pid(k, s);
	slot_close_notify(k, s);
	free(TAKE_PTR(s->said)); /* of one that lost its process before */
	map_drop(&k->by_id, s->id);
	if (k->book)
		book_remove(k->book, s->place);
}

void slot_free(struct keeper *k, struct slot *s)
{
	list_unlink(&s->untold);
	for (int i = 0; i < 2; i++) {
		(void)store_drop(k, s->pipes[i].stored);
		(void)fd_close(s->pipes[i].fd);
		(void)fd_close(s->pipes[i].ahead);
	}
	free(s);
}

void slots_done(struct keeper *k)
{
	for (size_t i = 0; i < k->by_id.cap; i++)
		while (k->by_id.v[i].value) { /* another one may move up */
			struct slot *s = k->by_id.v[i].value;

			slot_detach(k, s);
			slot_free(k, s);
		}
	while (list_linked(&k->untold)) /* detached, and waiting for a logger */
		slot_free(k, container_of(k->untold.next, struct slot, untold));
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
						       .lost = s->lost,
						       .wait_status = s->wait_status,
						       .exec_error = s->exec_error,
						       .exec_stage = s->exec_stage,
						       .utime_us = s->end.utime_us,
						       .stime_us = s->end.stime_us,
						       .maxrss_kb = s->end.maxrss_kb,
						       .leftovers = s->end.leftovers,
						       .oom = s->end.oom,
						       .ended_wall_ms = s->end.wall_ms } });
}

void slots_tell(struct keeper *k)
{
	for (size_t i = 0; i < k->by_id.cap; i++)
		if (k->by_id.v[i].value)
			tell(k, k->by_id.v[i].value);
}
