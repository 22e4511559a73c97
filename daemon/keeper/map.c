/* SPDX-License-Identifier: MIT */
/*
 * map.c - open addressing with linear probing, at most half full. A removal moves up what would
 * otherwise be cut off, so that there are no graves.
 */
#include "daemon/keeper/map.h"

#include <assert.h>
#include <errno.h>

enum { CAP_FIRST = 16 };

/* Ids and pids count up: neighbours should be far apart, or they would make long runs. */
static size_t home(const struct map *m, uint32_t key)
{
	return (key * UINT32_C(2654435761)) & (m->cap - 1);
}

static size_t next(const struct map *m, size_t i)
{
	return (i + 1) & (m->cap - 1);
}

/* Where @key is, or where it would be put. */
static size_t place(const struct map *m, uint32_t key)
{
	size_t i = home(m, key);

	while (m->v[i].key != 0 && m->v[i].key != key)
		i = next(m, i);
	return i;
}

void *map_get(const struct map *m, uint32_t key)
{
	return m->cap ? m->v[place(m, key)].value : NULL;
}

int map_reserve(struct map *m)
{
	struct map more = { NULL, m->cap ? 2 * m->cap : CAP_FIRST, m->n };

	if (2 * (m->n + 1) <= m->cap)
		return 0;
	more.v = calloc(more.cap, sizeof *more.v);
	if (!more.v)
		return -ENOMEM;
	for (size_t i = 0; i < m->cap; i++)
		if (m->v[i].key)
			more.v[place(&more, m->v[i].key)] = m->v[i];
	free(m->v);
	*m = more;
	return 0;
}

void map_put(struct map *m, uint32_t key, void *value)
{
	struct map_entry *e;

	assert(key != 0 && m->n < m->cap);
	e = &m->v[place(m, key)];
	m->n += e->key == 0;
	*e = (struct map_entry){ key, value };
}

void map_drop(struct map *m, uint32_t key)
{
	size_t gap, i;

	if (!m->cap)
		return;
	gap = i = place(m, key);
	if (m->v[gap].key == 0)
		return;
	m->n--;
	for (i = next(m, i); m->v[i].key; i = next(m, i)) {
		const size_t from_home = (i - home(m, m->v[i].key)) & (m->cap - 1);
		const size_t from_gap = (i - gap) & (m->cap - 1);

		if (from_home < from_gap)
			continue; /* it is found without the gap */
		m->v[gap] = m->v[i];
		gap = i;
	}
	m->v[gap] = (struct map_entry){ 0, NULL };
}

void map_done(struct map *m)
{
	free(m->v);
	*m = (struct map){ NULL, 0, 0 };
}
