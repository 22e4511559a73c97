/* SPDX-License-Identifier: MIT */
#include "daemon/core/timers.h"

#include <assert.h>
#include <errno.h>

int timers_reserve(struct timers *h, size_t total)
{
	const size_t cap = total + total / 2;
	struct timer **v;

	if (total <= h->cap)
		return 0;
	v = reallocarray(h->v, cap, sizeof(*v));
	if (!v)
		return -ENOMEM;
	h->v = v;
	h->cap = cap;
	return 0;
}

static bool sooner(const struct timer *a, const struct timer *b)
{
	if (a->at.ms != b->at.ms)
		return mono_before(a->at, b->at);
	return a->rank < b->rank;
}

static void put(struct timers *h, uint32_t place, struct timer *t)
{
	h->v[place - 1] = t;
	t->place = place;
}

static void up(struct timers *h, struct timer *t)
{
	uint32_t place = t->place;

	while (place > 1 && sooner(t, h->v[place / 2 - 1])) {
		put(h, place, h->v[place / 2 - 1]);
		place /= 2;
	}
	put(h, place, t);
}

static void down(struct timers *h, struct timer *t)
{
	uint32_t place = t->place;

	for (;;) {
		uint32_t child = place * 2;

		if (child > h->n)
			break;
		if (child < h->n && sooner(h->v[child], h->v[child - 1]))
			child++;
		if (!sooner(h->v[child - 1], t))
			break;
		put(h, place, h->v[child - 1]);
		place = child;
	}
	put(h, place, t);
}

static void take(struct timers *h, struct timer *t)
{
	struct timer *last = h->v[h->n - 1];
	const uint32_t place = t->place;

	h->n--;
	t->place = 0;
	if (last == t)
		return;
	put(h, place, last);
	up(h, last);
	down(h, last);
}

void timers_set(struct timers *h, struct timer *t, mono_t at)
{
	if (t->place && t->at.ms == at.ms)
		return;
	if (mono_is_never(at)) {
		if (t->place)
			take(h, t);
		return;
	}
	t->at = at;
	if (!t->place) {
		assert(h->n < h->cap);
		put(h, (uint32_t)++h->n, t);
	}
	up(h, t);
	down(h, t);
}

struct timer *timers_first(const struct timers *h)
{
	return h->n ? h->v[0] : NULL;
}

void timers_done(struct timers *h)
{
	free(h->v);
	*h = (struct timers){ 0 };
}
