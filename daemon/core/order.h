/* SPDX-License-Identifier: MIT */
/*
 * order.h - a row of pointers, kept sorted or in the order of arrival. Owns none of them.
 *
 * Room is taken by order_reserve() alone; what puts things in relies on it and cannot fail.
 * All zero is an empty row. It must not be copied: a row of one, as most are, is in itself.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct order {
	void **v;
	uint32_t n, cap;
	void *one;
};

/* Less than, equal to or greater than 0, as strcmp(). Equal means the same. */
typedef int order_fn(const void *a, const void *b);

/* Make room for @more than there are. 0 or -ENOMEM. */
_must_check_ int order_reserve(struct order *o, size_t more);

/* Put in at its place, or at the end. The first says where that is. */
size_t order_insert(struct order *o, order_fn *cmp, void *it);
void order_append(struct order *o, void *it);

/* Take out; in a sorted row, or wherever it stands. It must be there. Says where it was. */
size_t order_remove(struct order *o, order_fn *cmp, const void *it);
size_t order_drop(struct order *o, const void *it);

/* The first that is not less than @key, as an index: up to n. */
size_t order_seek(const struct order *o, order_fn *cmp, const void *key);

void order_done(struct order *o);
