/* SPDX-License-Identifier: MIT */
/*
 * wires.h - pipes from one process to another. Both ends are held here, so that neither of them
 * can restart, or manager and logger die, and a byte that was in one is lost.
 */
#pragma once

#include "daemon/keeper/keeper.h"

enum wire_end { WIRE_READ, WIRE_WRITE };

/*
 * An end of the wire that starts at process @id, for a program; it blocks. It stays ours. The
 * wire is made if there is none; an end that was closed is opened again, or if both were the
 * wire is made anew. 0 and *@ret_fd, or -errno: -EMFILE.
 */
_must_check_ int wire_get(struct keeper *k, uint32_t id, enum wire_end end, int *ret_fd);

/* Close these ends. Without the process at the other end, a reader has its end of file then,
 * and a writer its SIGPIPE. */
void wire_close(struct keeper *k, uint32_t id, bool read, bool write);

/* An end that another keeper had; *@fd is taken, unless there is one already. */
struct stored;
void wire_found(struct keeper *k, uint32_t id, enum wire_end end, int *fd,
		struct stored *stored);

/* The ends that a process of a chain that runs once was to have: it has them, or will never
 * have them. */
void wires_spend(struct keeper *k, const struct link_spawn *recipe);

void wires_done(struct keeper *k);
