/* SPDX-License-Identifier: MIT */
#include "daemon/manager/index.h"

#include <errno.h>

enum { FIRST = 64 };

/* The numbers are counters: multiplying spreads them over the upper bits. */
static struct index_node **bucket(const struct index *x, uint64_t a, uint64_t b)
{
	const uint64_t h =
		(a * UINT64_C(0x9e3779b97f4a7c15)) ^ (b * UINT64_C(0xc2b2ae3d27d4eb4f));

	return &x->v[(h ^ h >> 32) & (x->buckets - 1)];
}

static void put(struct index *x, struct index_node *node)
{
	struct index_node **at = bucket(x, node->a, node->b);

	node->next = *at;
	*at = node;
}

static int grow(struct index *x)
{
	struct index bigger = { .buckets = x->buckets ? 2 * x->buckets : FIRST, .n = x->n };

	bigger.v = calloc(bigger.buckets, sizeof(struct index_node *));
	if (!bigger.v)
		return -ENOMEM;
	for (size_t i = 0; i < x->buckets; i++)
		while (x->v[i]) {
			struct index_node *node = x->v[i];

			x->v[i] = node->next;
			put(&bigger, node);
		}
	free(x->v);
	*x = bigger;
	return 0;
}

int index_add(struct index *x, struct index_node *node, uint64_t a, uint64_t b)
{
	/* Without memory a fuller index still works; only the first buckets are needed. */
	if (x->n >= x->buckets && grow(x) < 0 && !x->buckets)
		return -ENOMEM;
	node->a = a;
	node->b = b;
	put(x, node);
	x->n++;
	return 0;
}

void index_remove(struct index *x, struct index_node *node)
{
	if (!x->buckets)
		return;
	for (struct index_node **at = bucket(x, node->a, node->b); *at; at = &(*at)->next)
		if (*at == node) {
			*at = node->next;
			x->n--;
			return;
		}
}

struct index_node *index_find(const struct index *x, uint64_t a, uint64_t b)
{
	if (!x->buckets)
		return NULL;
	for (struct index_node *node = *bucket(x, a, b); node; node = node->next)
		if (node->a == a && node->b == b)
			return node;
	return NULL;
}

void index_done(struct index *x)
{
	free(x->v);
	*x = (struct index){ 0 };
}
