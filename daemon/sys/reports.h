/* SPDX-License-Identifier: MIT */
/*
 * reports.h - waits for the reports of all children that are on their way to exec, at the cost
 * of one descriptor in the loop.
 */
#pragma once

#include "daemon/sys/loop.h"

struct reports;

/* The report that was added with @key can be read. Said in each turn until it is dropped. */
typedef void reports_fn(void *owner, uint64_t key);

_must_check_ int reports_new(struct loop *l, reports_fn *fn, void *owner, struct reports **ret);
struct reports *reports_free(struct reports *r);

/* 0 or -errno. */
int reports_add(struct reports *r, int fd, uint64_t key);

/* Say now which can be read, without waiting for the next turn. */
void reports_look(struct reports *r);

/* Before @fd is closed. */
void reports_drop(struct reports *r, int fd);

static inline void reports_freep(struct reports **r)
{
	*r = reports_free(*r);
}
