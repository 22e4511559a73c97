/* SPDX-License-Identifier: MIT */
#include "daemon/keeper/quick.h"

#include <string.h>

#include "base/hash.h"

enum { FOR_MS = 60000 };

uint64_t quick_key(const struct link_spawn *recipe)
{
	uint64_t h = HASH_INIT;

	if (*recipe->user || *recipe->stdin_path || !recipe->argv.n)
		return 0;
	h = hash_bytes(h, recipe->argv.first, strlen(recipe->argv.first) + 1);
	h = hash_bytes(h, recipe->path, strlen(recipe->path) + 1);
	return hash_bytes(h, recipe->directory, strlen(recipe->directory) + 1);
}

/* The only place that a key may have; another one there is forgotten. */
static size_t place(uint64_t key)
{
	return (size_t)(key % QUICK_MAX);
}

void quick_learn(struct keeper *k, uint64_t key)
{
	k->quick[place(key)] = (struct quick){ key, mono_add(loop_now(k->loop), FOR_MS) };
}

bool quick_knows(const struct keeper *k, uint64_t key)
{
	const struct quick *q = &k->quick[place(key)];

	return key && q->key == key && mono_before(loop_now(k->loop), q->until);
}
