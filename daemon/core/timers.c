/* SPDX-License-Identifier: MIT */
#include "daemon/core/timers.h"

int timers_reserve(struct timers *h, size_t total)
{
	return heap_reserve(&h->heap, total);
}

static bool sooner(const struct heap_item *a, const struct heap_item *b)
{
	const struct timer *s = container_of(a, const struct timer, in);
	const struct timer *t = container_of(b, const struct timer, in);

	if (s->at.ms != t->at.ms)
		return mono_before(s->at, t->at);
	return s->rank < t->rank;
}

void timers_set(struct timers *h, struct timer *t, mono_t at)
{
	if (timer_waits(t) && t->at.ms == at.ms)
		return;
	if (mono_is_never(at)) {
		heap_take(&h->heap, sooner, &t->in);
		return;
	}
	t->at = at;
	heap_put(&h->heap, sooner, &t->in);
}

struct timer *timers_first(const struct timers *h)
{
	struct heap_item *it = heap_first(&h->heap);

	return it ? container_of(it, struct timer, in) : NULL;
}

void timers_done(struct timers *h)
{
	heap_done(&h->heap);
}
