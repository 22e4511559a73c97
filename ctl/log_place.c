/* SPDX-License-Identifier: MIT */
#include "ctl/log_place.h"

#include <errno.h>

static struct log_place *find(const struct log_places *p, uint64_t file)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].file == file)
			return &p->v[i];
	return NULL;
}

/* That of the file which was shown least lately. */
static struct log_place *oldest(const struct log_places *p)
{
	struct log_place *old = &p->v[0];

	for (size_t i = 1; i < p->n; i++)
		if (p->v[i].used < old->used)
			old = &p->v[i];
	return old;
}

static struct log_place *add(struct log_places *p)
{
	struct log_place *v;

	if (p->n == LOG_PLACES)
		return oldest(p);
	v = reallocarray(p->v, p->n + 1, sizeof *v);
	if (!v)
		return NULL;
	p->v = v;
	return &v[p->n++];
}

int log_places_note(struct log_places *p, uint64_t file, int64_t at, int64_t ms, size_t len,
		    bool whole)
{
	struct log_place *l = find(p, file);

	if (!l)
		l = add(p);
	if (!l)
		return -ENOMEM;
	*l = (struct log_place){ file, at, whole ? 0 : len, ++p->clock };
	if (ms > p->last_ms)
		p->last_ms = ms;
	return 0;
}

size_t log_places_shown(const struct log_places *p, uint64_t file, int64_t at, int64_t ms,
			size_t len)
{
	const struct log_place *l = p->again && ms <= p->last_ms ? find(p, file) : NULL;

	if (!l || at > l->at)
		return 0;
	if (at == l->at && l->part && l->part < len)
		return l->part;
	return len;
}

void log_places_done(struct log_places *p)
{
	free(p->v);
	*p = (struct log_places){ 0 };
}
