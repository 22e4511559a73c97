/* SPDX-License-Identifier: MIT */
/*
 * heap.h - which of many is first: a heap whose members know their place in it.
 *
 * So to move or to take out one costs no search. It owns none of them. Room is taken by
 * heap_reserve() alone. All zero is an empty heap, and a member of none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/* To be in what is kept in a heap. */
struct heap_item {
	uint32_t place; /* from 1; 0: in none */
};

struct heap {
	struct heap_item **v;
	size_t n, cap;
};

/* Whether @a comes before @b; false for equals. */
typedef bool heap_fn(const struct heap_item *a, const struct heap_item *b);

/* Make room for @total members. 0 or -ENOMEM. */
_must_check_ int heap_reserve(struct heap *h, size_t total);

/* Put in, or to its new place if it is in it. */
void heap_put(struct heap *h, heap_fn *before, struct heap_item *it);

/* Take out; nothing if it is not in it. */
void heap_take(struct heap *h, heap_fn *before, struct heap_item *it);

/* The one before all others, or NULL. */
static inline struct heap_item *heap_first(const struct heap *h)
{
	return h->n ? h->v[0] : NULL;
}

void heap_done(struct heap *h);
