/* SPDX-License-Identifier: MIT */
#include "daemon/logger/recover.h"

#include <limits.h>
#include <stdio.h>

#include "daemon/logger/exact.h"

/* A disk that is full now may have room when the program is described: until then the log
 * stays, with what belongs there. */
static void hold(struct recovery *r, struct targets *ts, const struct logrule *rule)
{
	struct target **held = reallocarray(r->held, r->n + 1, sizeof *held);

	if (!held)
		return;
	r->held = held;
	if (target_join(ts, rule, &r->held[r->n]) == 0)
		r->n++;
}

static int adopt_bytes(struct recovery *r, struct targets *ts, struct chunk *c, mono_t now)
{
	char path[PATH_MAX];
	struct logrule rule = c->rule;
	int e;

	(void)snprintf(path, sizeof path, "%s", c->path);
	rule.path = path;
	rule.followed = false;
	e = targets_adopt(ts, c, now);
	if (e == 0)
		hold(r, ts, &rule);
	return e;
}

static int adopt(struct recovery *r, struct targets *ts, struct streams *ss, struct chunk *c,
		 mono_t now)
{
	if (c->done >= c->len && !c->out.n) {
		(void)arena_back(targets_arena(ts), c);
		return 0;
	}
	return c->inbox ? streams_adopt(ss, c, now) : adopt_bytes(r, ts, c, now);
}

uint64_t recovery_begin(struct recovery *r, struct arena *a, struct targets *ts,
			struct streams *ss, mono_t now)
{
	uint64_t lost = 0;
	struct chunk *c;

	r->until = mono_add(now, RECOVER_HOLD_MS);
	while ((c = arena_left(a))) {
		const uint32_t n =
			(exact_settle(a, c), c->len > c->done ? c->len - c->done : 0);

		if (adopt(r, ts, ss, c, now) < 0)
			lost += n;
	}
	return lost;
}

void recovery_end(struct recovery *r, mono_t now)
{
	for (size_t i = 0; i < r->n; i++)
		target_unref(r->held[i], now);
	free(r->held);
	*r = (struct recovery)RECOVERY_INIT;
}
