/* SPDX-License-Identifier: MIT */
#include "daemon/logger/chunk.h"

#include <sys/mman.h>

/* Not from the heap: what a burst of output took goes back to the system, page by page, and
 * only pages that were written to count at all. */
static struct chunk *chunk_new(size_t cap)
{
	struct chunk *c = mmap(NULL, sizeof *c + cap, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (c == MAP_FAILED)
		return NULL;
	*c = (struct chunk){ .cap = cap, .data = (char *)(c + 1) };
	return c;
}

static void chunk_free(struct chunk *c)
{
	(void)munmap(c, sizeof *c + c->cap);
}

struct chunk *chunk_get(struct chunks *cs)
{
	struct chunk *c = NULL;

	if (cs->big_out >= CHUNK_BIG_MAX)
		return chunk_new(CHUNK_SMALL);
	if (cs->n_kept)
		c = cs->kept[--cs->n_kept];
	else
		c = chunk_new(CHUNK_BIG);
	if (!c)
		return chunk_new(CHUNK_SMALL);
	c->len = 0;
	cs->big_out++;
	return c;
}

struct chunk *chunk_put(struct chunks *cs, struct chunk *c)
{
	if (!c)
		return NULL;
	if (c->cap == CHUNK_BIG) {
		cs->big_out--;
		if (cs->n_kept < CHUNK_KEPT) {
			cs->kept[cs->n_kept++] = c;
			return NULL;
		}
	}
	chunk_free(c);
	return NULL;
}

void chunks_trim(struct chunks *cs)
{
	while (cs->n_kept)
		chunk_free(cs->kept[--cs->n_kept]);
}
