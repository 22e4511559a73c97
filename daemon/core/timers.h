/* SPDX-License-Identifier: MIT */
/*
 * timers.h - which process is due first, of those that wait for a time.
 *
 * Room is taken by timers_reserve() alone. All zero is none, and an idle timer.
 */
#pragma once

#include "base/mono.h"
#include "daemon/core/heap.h"

struct timer {
	struct heap_item in; /* if it waits for anything */
	uint32_t rank; /* among those of the same time, the lowest is first */
	mono_t at;
};

struct timers {
	struct heap heap;
};

/* Make room for @total timers. 0 or -ENOMEM. */
_must_check_ int timers_reserve(struct timers *h, size_t total);

/* Wait for @at, instead of what it waited for; MONO_NEVER: for nothing. */
void timers_set(struct timers *h, struct timer *t, mono_t at);

static inline bool timer_waits(const struct timer *t)
{
	return t->in.place != 0;
}

/* The one that is due first, or NULL. */
struct timer *timers_first(const struct timers *h);

void timers_done(struct timers *h);
