/* SPDX-License-Identifier: MIT */
/*
 * pollset.h - waits for many descriptors to be readable, at the cost of one watch of the loop.
 *
 * For descriptors that others hold, too (reports of children, pipes of programs): they can be
 * left alone for a while, and be taken out before they are closed, at one system call each.
 */
#pragma once

#include "daemon/sys/loop.h"

struct pollset;

/* What was added with @key can be read, or is at its end. @ended: there is nothing to read, and
 * no writer. Said in each turn until it is dropped; it may be dropped, and others, in here. */
typedef void pollset_fn(void *owner, uint64_t key, bool ended);

/* 0 or -errno. */
_must_check_ int pollset_new(struct loop *l, pollset_fn *fn, void *owner, struct pollset **ret);
/* What is in it is left alone. NULL is fine. Returns NULL. */
struct pollset *pollset_free(struct pollset *p);

/* 0 or -errno. @key says which it is, also when a call for one that was dropped is still due:
 * all that is ready is asked for at once. */
_must_check_ int pollset_add(struct pollset *p, int fd, uint64_t key);

/* Say now what is ready, without waiting for the next turn. */
void pollset_look(struct pollset *p);

/* Before @fd is closed. */
void pollset_drop(struct pollset *p, int fd);

static inline void pollset_freep(struct pollset **p)
{
	*p = pollset_free(*p);
}
