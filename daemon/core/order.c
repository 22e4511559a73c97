/* SPDX-License-Identifier: MIT */
#include "daemon/core/order.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

int order_reserve(struct order *o, size_t more)
{
	const size_t need = o->n + more;
	const size_t cap = need + o->n / 2;
	void **v;

	if (need <= o->cap)
		return 0;
	if (need == 1) {
		o->v = &o->one;
		o->cap = 1;
		return 0;
	}
	if (cap > UINT32_MAX)
		return -ENOMEM;
	v = reallocarray(o->v == &o->one ? NULL : o->v, cap, sizeof(*v));
	if (!v)
		return -ENOMEM;
	if (o->v == &o->one)
		v[0] = o->one;
	o->v = v;
	o->cap = (uint32_t)cap;
	return 0;
}

static void put(struct order *o, size_t at, void *it)
{
	assert(o->n < o->cap && at <= o->n);
	memmove(o->v + at + 1, o->v + at, (o->n - at) * sizeof *o->v);
	o->v[at] = it;
	o->n++;
}

static size_t take(struct order *o, size_t at)
{
	assert(at < o->n);
	o->n--;
	memmove(o->v + at, o->v + at + 1, (o->n - at) * sizeof *o->v);
	return at;
}

size_t order_insert(struct order *o, order_fn *cmp, void *it)
{
	const size_t at = order_seek(o, cmp, it);

	put(o, at, it);
	return at;
}

void order_append(struct order *o, void *it)
{
	put(o, o->n, it);
}

size_t order_remove(struct order *o, order_fn *cmp, const void *it)
{
	const size_t at = order_seek(o, cmp, it);

	assert(at < o->n && o->v[at] == it);
	return take(o, at);
}

size_t order_drop(struct order *o, const void *it)
{
	size_t at = 0;

	while (at < o->n && o->v[at] != it)
		at++;
	return take(o, at);
}

size_t order_seek(const struct order *o, order_fn *cmp, const void *key)
{
	size_t low = 0, high = o->n;

	/* What comes is mostly the last: configurations are read in order, ids are given so. */
	if (o->n > 0 && cmp(o->v[o->n - 1], key) < 0)
		return o->n;
	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (cmp(o->v[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void order_done(struct order *o)
{
	if (o->v != &o->one)
		free(o->v);
	*o = (struct order){ 0 };
}
