/* SPDX-License-Identifier: MIT */
/*
 * resume.c - the book says which processes there are, the names of descriptors what those are
 * of. What one says and the other does not have is mended where it can be: a process is found
 * by its identity, a pipe nobody is named for is read to its end.
 *
 * Manager and logger of the earlier keeper end when their links do. Nobody takes their place
 * before they are gone, for one ledger has one writer, and one log too.
 */
#include "daemon/keeper/resume.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/keeper/adopted.h"
#include "daemon/keeper/begin.h"
#include "daemon/keeper/book.h"
#include "daemon/keeper/deposits.h"
#include "daemon/keeper/notices.h"
#include "daemon/keeper/pipes.h"
#include "daemon/keeper/say.h"
#include "daemon/keeper/slots.h"
#include "daemon/keeper/store.h"
#include "daemon/keeper/wires.h"
#include "systemd/handed.h"

enum { LOGGER_MS = 5000, KILLED_MS = 2000 };

/* --- the book ---------------------------------------------------------------------------- */

static struct handed_fd *find_book(const struct handed *h)
{
	struct handed_fd *found = NULL;
	struct store_name name;
	uint32_t serial = 0;

	for (size_t i = 0; i < h->n; i++)
		if (h->v[i].fd >= 0 && store_parse(h->v[i].name, &name) &&
		    name.kind == STORED_BOOK && name.serial >= serial) {
			found = &h->v[i];
			serial = name.serial;
		}
	return found;
}

/* It was ending, or had not really begun: it would have left nobody behind. */
static void kill_all(const struct book *b)
{
	struct book_entry e;

	for (uint32_t i = 0; i < book_places(b); i++) {
		_cleanup_(closep) int fd = -1;

		if (book_read(b, i, &e) && stranger_find(&e.who, &fd) == 0)
			(void)stranger_signal(fd, e.who.pid, SIGKILL, true);
	}
}

/* --- the two ----------------------------------------------------------------------------- */

static bool ends_within(int pidfd, int ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* Nothing runs yet that waiting could hold up. */
static void await_end(const struct book *b, enum book_peer which, int patience)
{
	const struct identity who = book_peer(b, which);
	_cleanup_(closep) int fd = -1;

	if (stranger_find(&who, &fd) < 0 || ends_within(fd, patience))
		return;
	(void)stranger_signal(fd, who.pid, SIGKILL, false);
	(void)ends_within(fd, KILLED_MS);
}

/* --- what it had ------------------------------------------------------------------------- */

static int remake_slots(struct keeper *k)
{
	struct book_entry e;

	for (uint32_t i = 0; i < book_places(k->book); i++) {
		struct slot *s;

		if (!book_read(k->book, i, &e))
			continue;
		s = slot_remake(k, i, &e);
		if (!s)
			return -ENOMEM;
		if (e.ready)
			notices_was_ready(s);
	}
	return 0;
}

static void give_pipe(struct keeper *k, const struct store_name *name, struct handed_fd *h)
{
	struct slot *s = slot_of(k, name->id);
	struct pipe_end *p;

	if (!s) { /* forgotten, and not yet read to its end */
		s = slot_make(k, name->id);
		if (s)
			s->forgotten = true;
	}
	if (!s)
		return;
	p = &s->pipes[name->kind == STORED_ERR];
	if (p->fd >= 0)
		return;
	p->fd = TAKE_FD(h->fd);
	p->stored = store_found(k, h->name);
}

static void give_pidfd(struct keeper *k, const struct store_name *name, struct handed_fd *h)
{
	struct slot *s = slot_of(k, name->id);

	if (!s || s->pid || !s->who.pid || !stranger_is(&s->who, h->fd))
		return;
	s->stored = store_found(k, h->name);
	adopt(k, s, TAKE_FD(h->fd));
}

static void give_notify(struct keeper *k, const struct store_name *name, struct handed_fd *h)
{
	struct slot *s = slot_of(k, name->id);

	if (s && s->notify < 0)
		notices_found(k, s, &h->fd, store_found(k, h->name));
}

static void give(struct keeper *k, struct handed_fd *h)
{
	struct store_name name;

	if (h->fd < 0 || !store_parse(h->name, &name))
		return;
	switch (name.kind) {
	case STORED_OUT:
	case STORED_ERR:
		give_pipe(k, &name, h);
		break;
	case STORED_PIDFD:
		give_pidfd(k, &name, h);
		break;
	case STORED_READ:
	case STORED_WRITE:
		wire_found(k, name.id, name.kind == STORED_WRITE ? WIRE_WRITE : WIRE_READ,
			   &h->fd, store_found(k, h->name));
		break;
	case STORED_MANAGER:
		deposits_found(k, &k->manager, name.text, &h->fd, store_found(k, h->name));
		break;
	case STORED_LOGGER:
		deposits_found(k, &k->logger, name.text, &h->fd, store_found(k, h->name));
		break;
	case STORED_NOTIFY:
		give_notify(k, &name, h);
		break;
	case STORED_BOOK:
		break;
	}
}

/* A process whose descriptor did not get to systemd, or is of no use. */
static void look_for(struct keeper *k, struct slot *s)
{
	int fd;

	if (s->pid || !s->who.pid || s->ended)
		return;
	if (stranger_find(&s->who, &fd) < 0) {
		s->ended = s->lost = true;
		s->wait_status = 0xff00;
		s->who = (struct identity){ 0 };
		slot_record(k, s);
		return;
	}
	s->stored = store_keep(k, STORED_PIDFD, s->id, NULL, fd);
	adopt(k, s, fd);
	slot_record(k, s);
}

static void look_for_all(struct keeper *k)
{
	for (size_t i = 0; i < k->by_id.cap; i++)
		if (k->by_id.v[i].value)
			look_for(k, k->by_id.v[i].value);
	for (size_t i = 0; i < k->by_id.cap; i++)
		while (k->by_id.v[i].value && /* another one may move up */
		       ((struct slot *)k->by_id.v[i].value)->forgotten)
			pipes_forget(k, k->by_id.v[i].value);
}

static int go_on(struct keeper *k, struct handed *h)
{
	int r;

	await_end(k->book, BOOK_MANAGER, 0);
	await_end(k->book, BOOK_LOGGER, LOGGER_MS);
	r = remake_slots(k);
	if (r < 0)
		return r;
	/* Later ones last, of deposits with one name the newest counts. */
	for (size_t i = 0; i < h->n; i++)
		give(k, &h->v[i]);
	look_for_all(k);
	say_log(k, LEVEL_WARN, "a new reeved (pid %d) goes on with %zu processes", getpid(),
		k->by_id.n);
	return begin_again(k);
}

static int by_serial(const void *a, const void *b)
{
	const struct handed_fd *const v[] = { a, b };
	struct store_name names[2];

	for (int i = 0; i < 2; i++)
		(void)store_parse(v[i]->name, &names[i]);
	return (names[0].serial > names[1].serial) - (names[0].serial < names[1].serial);
}

static int take_book(struct keeper *k, struct handed *h)
{
	struct handed_fd *found = find_book(h);
	struct book *b;
	int r;

	if (!found)
		return store_new_book(k);
	r = book_open(TAKE_FD(found->fd), &b);
	if (r < 0) {
		fprintf(stderr,
			"Error: another version of reeved was killed, and its programs live: "
			"end them before this one is started\n");
		return r;
	}
	store_found_book(k, b, found->name);
	if (book_state(k->book) == BOOK_RUNS)
		return go_on(k, h);
	kill_all(k->book);
	store_no_book(k);
	return store_new_book(k);
}

/* What is in nobody's hands now is not to come back. */
static void give_back(struct keeper *k, struct handed *h)
{
	struct store_name name;

	for (size_t i = 0; i < h->n; i++)
		if (h->v[i].fd >= 0 && store_parse(h->v[i].name, &name))
			(void)store_drop(k, store_found(k, h->v[i].name));
}

static bool is_control_socket(int fd)
{
	int domain, listens;
	socklen_t len = sizeof domain;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0 || domain != AF_UNIX)
		return false;
	len = sizeof listens;
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 && listens;
}

/* The first one that systemd listens at for us; it hands it to the next keeper, too. */
static void take_socket(struct keeper *k, struct handed *h)
{
	struct store_name name;

	for (size_t i = 0; i < h->n; i++) {
		struct handed_fd *at = &h->v[i];

		if (at->fd < 0 || store_parse(at->name, &name) || !is_control_socket(at->fd))
			continue;
		deposits_found(k, &k->manager, "activated", &at->fd, NULL);
		return;
	}
}

int resume(struct keeper *k)
{
	_cleanup_(handed_done) struct handed h = { 0 };
	int r = handed_take(&h);

	if (r == 0)
		take_socket(k, &h);
	if (r < 0 || !k->store)
		return r;
	if (h.n)
		qsort(h.v, h.n, sizeof *h.v, by_serial);
	r = take_book(k, &h);
	if (r == 0)
		give_back(k, &h);
	return r;
}
