/* SPDX-License-Identifier: MIT */
/*
 * quiet.h - what can wait for a quiet moment, a few at a time: the files of silent programs.
 *
 * A cold start of a thousand programs must not wait for the creation of two thousand files.
 * Pure: time is passed in.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "base/mono.h"

enum {
	QUIET_MS = 100, /* nothing happened for so long: a quiet moment */
	QUIET_MAX_MS = 2000, /* but wait no longer for one */
	QUIET_AT_ONCE = 16, /* so many are under way at a time */
};

struct quiet {
	struct list waiting;
	size_t under_way;
	mono_t since; /* when the first of those that wait came; MONO_NEVER: none waits */
	mono_t at; /* the quiet moment */
};

void quiet_init(struct quiet *q);

/* Something happens: this is no quiet moment. */
void quiet_disturb(struct quiet *q, mono_t now);

/* Let @l wait. */
void quiet_add(struct quiet *q, struct list *l);

/* One that may go ahead, not linked any more; quiet_over() when it is through. Or NULL. */
struct list *quiet_next(struct quiet *q, mono_t now);
void quiet_over(struct quiet *q);

/* When to ask quiet_next() again; an event will come first where this says MONO_NEVER. */
mono_t quiet_due(const struct quiet *q);
