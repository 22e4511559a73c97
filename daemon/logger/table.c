/* SPDX-License-Identifier: MIT */
#include "daemon/logger/table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum { TABLE_FIRST = 16 };

static struct table_node **bucket(const struct table *t, uint32_t hash)
{
	return &t->v[hash & (t->buckets - 1)];
}

static int grow(struct table *t)
{
	size_t n = t->buckets ? t->buckets * 2 : TABLE_FIRST;
	struct table bigger = { .buckets = n, .count = t->count };

	bigger.v = calloc(n, sizeof *bigger.v);
	if (!bigger.v)
		return -ENOMEM;
	for (size_t i = 0; i < t->buckets; i++) {
		struct table_node *node, *next;

		for (node = t->v[i]; node; node = next) {
			struct table_node **at = bucket(&bigger, node->hash);

			next = node->next;
			node->next = *at;
			*at = node;
		}
	}
	free(t->v);
	*t = bigger;
	return 0;
}

int table_add(struct table *t, struct table_node *n, uint32_t hash)
{
	struct table_node **at;

	/* Without memory a fuller table still works; only the first buckets are needed. */
	if (t->count >= t->buckets && grow(t) < 0 && !t->buckets)
		return -ENOMEM;
	at = bucket(t, hash);
	*n = (struct table_node){ *at, hash };
	*at = n;
	t->count++;
	return 0;
}

void table_remove(struct table *t, struct table_node *n)
{
	struct table_node **at = bucket(t, n->hash);

	while (*at != n) {
		assert(*at);
		at = &(*at)->next;
	}
	*at = n->next;
	n->next = NULL;
	t->count--;
}

struct table_node *table_find(const struct table *t, uint32_t hash)
{
	struct table_node *n;

	if (!t->buckets)
		return NULL;
	for (n = *bucket(t, hash); n; n = n->next)
		if (n->hash == hash)
			return n;
	return NULL;
}

struct table_node *table_find_next(const struct table_node *n)
{
	struct table_node *at;

	for (at = n->next; at; at = at->next)
		if (at->hash == n->hash)
			return at;
	return NULL;
}

struct table_node *table_next(const struct table *t, const struct table_node *n)
{
	size_t i = 0;

	if (n) {
		if (n->next)
			return n->next;
		i = (n->hash & (t->buckets - 1)) + 1;
	}
	for (; i < t->buckets; i++)
		if (t->v[i])
			return t->v[i];
	return NULL;
}

void table_done(struct table *t)
{
	assert(!t->count);
	free(t->v);
	*t = (struct table){ 0 };
}
