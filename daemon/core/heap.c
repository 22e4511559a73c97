/* SPDX-License-Identifier: MIT */
#include "daemon/core/heap.h"

#include <assert.h>
#include <errno.h>

int heap_reserve(struct heap *h, size_t total)
{
	const size_t cap = total + total / 2;
	struct heap_item **v;

	if (total <= h->cap)
		return 0;
	if (cap > UINT32_MAX / 2)
		return -ENOMEM;
	v = reallocarray(h->v, cap, sizeof(*v));
	if (!v)
		return -ENOMEM;
	h->v = v;
	h->cap = cap;
	return 0;
}

static void put(struct heap *h, uint32_t place, struct heap_item *it)
{
	h->v[place - 1] = it;
	it->place = place;
}

static void up(struct heap *h, heap_fn *before, struct heap_item *it)
{
	uint32_t place = it->place;

	while (place > 1 && before(it, h->v[place / 2 - 1])) {
		put(h, place, h->v[place / 2 - 1]);
		place /= 2;
	}
	put(h, place, it);
}

static void down(struct heap *h, heap_fn *before, struct heap_item *it)
{
	uint32_t place = it->place;

	for (;;) {
		uint32_t child = place * 2;

		if (child > h->n)
			break;
		if (child < h->n && before(h->v[child], h->v[child - 1]))
			child++;
		if (!before(h->v[child - 1], it))
			break;
		put(h, place, h->v[child - 1]);
		place = child;
	}
	put(h, place, it);
}

void heap_put(struct heap *h, heap_fn *before, struct heap_item *it)
{
	if (!it->place) {
		assert(h->n < h->cap);
		put(h, (uint32_t)++h->n, it);
	}
	up(h, before, it);
	down(h, before, it);
}

void heap_take(struct heap *h, heap_fn *before, struct heap_item *it)
{
	const uint32_t place = it->place;
	struct heap_item *last;

	if (!place)
		return;
	last = h->v[--h->n];
	it->place = 0;
	if (last == it)
		return;
	put(h, place, last);
	up(h, before, last);
	down(h, before, last);
}

void heap_done(struct heap *h)
{
	free(h->v);
	*h = (struct heap){ 0 };
}
