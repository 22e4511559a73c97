/* SPDX-License-Identifier: MIT */
/*
 * wires.c - a wire is made by whichever of the two starts first, and found by the id of the one
 * that writes.
 */
#include "daemon/keeper/wires.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "daemon/keeper/slots.h"
#include "daemon/keeper/store.h"

struct wire {
	uint32_t id;
	int ends[2]; /* -1: closed */
	struct stored *stored[2];
};

static void close_end(struct keeper *k, struct wire *w, enum wire_end end)
{
	w->stored[end] = store_drop(k, w->stored[end]);
	w->ends[end] = fd_close(w->ends[end]);
}

static void drop(struct keeper *k, struct wire *w)
{
	map_drop(&k->wires, w->id);
	close_end(k, w, WIRE_READ);
	close_end(k, w, WIRE_WRITE);
	free(w);
}

static struct wire *find(const struct keeper *k, uint32_t id)
{
	return id ? map_get(&k->wires, id) : NULL;
}

static struct wire *add(struct keeper *k, uint32_t id)
{
	struct wire *w;

	if (!id || !slot_fits(k) || map_reserve(&k->wires) < 0)
		return NULL;
	w = malloc(sizeof *w);
	if (!w)
		return NULL;
	*w = (struct wire){ id, { -1, -1 }, { NULL, NULL } };
	map_put(&k->wires, id, w);
	return w;
}

static void keep(struct keeper *k, struct wire *w, enum wire_end end)
{
	w->stored[end] = store_keep(k, end == WIRE_READ ? STORED_READ : STORED_WRITE, w->id,
				    NULL, w->ends[end]);
}

/*
 * Two users may be at its ends, and each may open /dev/stdin or /dev/stdout, as with a terminal
 * of its own. Nobody else can find it.
 */
static int make_pipe(struct keeper *k, struct wire *w)
{
	if (pipe2(w->ends, O_CLOEXEC) < 0) {
		w->ends[WIRE_READ] = w->ends[WIRE_WRITE] = -1;
		return -errno;
	}
	(void)fchmod(w->ends[WIRE_READ], 0666);
	for (enum wire_end end = WIRE_READ; end <= WIRE_WRITE; end++)
		keep(k, w, end);
	return 0;
}

/* There is the other end, so that this waits for nobody; O_NONBLOCK is to be sure. */
static int open_again(struct keeper *k, struct wire *w, enum wire_end end)
{
	const int flags = (end == WIRE_READ ? O_RDONLY : O_WRONLY) | O_NONBLOCK;
	char path[32];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", w->ends[!end]);
	w->ends[end] = open(path, flags | O_CLOEXEC | O_NOCTTY);
	if (w->ends[end] < 0)
		return -errno;
	keep(k, w, end);
	return 0;
}

/* Also what a program did to its end that had it before. */
static int make_blocking(int fd)
{
	const int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

static int open_end(struct keeper *k, struct wire *w, enum wire_end end)
{
	int r = 0;

	if (w->ends[end] < 0)
		r = w->ends[!end] < 0 ? make_pipe(k, w) : open_again(k, w, end);
	return r < 0 ? r : make_blocking(w->ends[end]);
}

int wire_get(struct keeper *k, uint32_t id, enum wire_end end, int *ret_fd)
{
	struct wire *w = find(k, id);
	int r;

	if (!w)
		w = add(k, id);
	if (!w)
		return -EMFILE;
	r = open_end(k, w, end);
	if (r == 0)
		*ret_fd = w->ends[end];
	else if (w->ends[WIRE_READ] < 0 && w->ends[WIRE_WRITE] < 0)
		drop(k, w);
	return r;
}

void wire_close(struct keeper *k, uint32_t id, bool read, bool write)
{
	struct wire *w = find(k, id);

	if (!w)
		return;
	if (read)
		close_end(k, w, WIRE_READ);
	if (write)
		close_end(k, w, WIRE_WRITE);
	if (w->ends[WIRE_READ] < 0 && w->ends[WIRE_WRITE] < 0)
		drop(k, w);
}

void wire_found(struct keeper *k, uint32_t id, enum wire_end end, int *fd,
		struct stored *stored)
{
	struct wire *w = find(k, id);

	if (!w)
		w = add(k, id);
	if (!w || w->ends[end] >= 0) {
		(void)store_drop(k, stored);
		return;
	}
	w->ends[end] = TAKE_FD(*fd);
	w->stored[end] = stored;
}

/* If the other one has not started yet, it shall find the wire without this end. */
static void spend(struct keeper *k, uint32_t id, enum wire_end end)
{
	int fd;

	if (wire_get(k, id, end, &fd) == 0)
		wire_close(k, id, end == WIRE_READ, end == WIRE_WRITE);
}

void wires_spend(struct keeper *k, const struct link_spawn *recipe)
{
	if (!recipe->wire_once)
		return;
	if (recipe->stdin_wire)
		spend(k, recipe->stdin_wire, WIRE_READ);
	if (recipe->stdout_wire)
		spend(k, recipe->id, WIRE_WRITE);
}

void wires_done(struct keeper *k)
{
	for (size_t i = 0; i < k->wires.cap; i++)
		while (k->wires.v[i].value) /* another one may move up */
			drop(k, k->wires.v[i].value);
	map_done(&k->wires);
}
