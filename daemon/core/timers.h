/* SPDX-License-Identifier: MIT */
/*
 * timers.h - which process is due first: a heap of those that wait for a time.
 *
 * Each timer knows its place, so that moving it costs no search. Room is taken by
 * timers_reserve() alone. All zero is an empty heap and an idle timer.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/mono.h"

struct timer {
	mono_t at;
	uint32_t rank; /* among those of the same time, the lowest is first */
	uint32_t place; /* in the heap, from 1; 0: waits for nothing */
};

struct timers {
	struct timer **v;
	size_t n, cap;
};

/* Make room for @total timers. 0 or -ENOMEM. */
_must_check_ int timers_reserve(struct timers *h, size_t total);

/* Wait for @at, instead of what it waited for; MONO_NEVER: for nothing. */
void timers_set(struct timers *h, struct timer *t, mono_t at);

/* The one that is due first, or NULL. */
struct timer *timers_first(const struct timers *h);

void timers_done(struct timers *h);
