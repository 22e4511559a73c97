/* SPDX-License-Identifier: MIT */
/*
 * index.h - finds objects by a pair of numbers: intrusive, grows by itself. Pure.
 *
 * The node is in the object. All zero is an empty index.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct index_node {
	struct index_node *next;
	uint64_t a, b;
};

struct index {
	struct index_node **v;
	size_t buckets; /* 0 or a power of two */
	size_t n;
};

/* Put in what is not in yet, as the only one with these numbers. 0 or -ENOMEM. */
_must_check_ int index_add(struct index *x, struct index_node *node, uint64_t a, uint64_t b);

/* One that is not in: nothing happens. */
void index_remove(struct index *x, struct index_node *node);

/* NULL if there is none. */
struct index_node *index_find(const struct index *x, uint64_t a, uint64_t b);

/* The objects are the caller's. */
void index_done(struct index *x);
