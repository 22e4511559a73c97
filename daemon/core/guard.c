/* SPDX-License-Identifier: MIT */
#include "daemon/core/guard.h"

/* What is missing to a whole token after many additions of fractions must not cost a wait. */
#define WHOLE 0.999999

/* No wait is longer, however slow the rate: the sum stays within what a double can tell. */
#define LONGEST ((msec_t)366 * 24 * 3600 * 1000)

static double capacity(struct guard_limit l)
{
	return l.burst > 1 ? l.burst : 1;
}

void guard_fill(struct guard *g, struct guard_limit l, mono_t now)
{
	*g = (struct guard){ .tokens = capacity(l), .at = now };
}

bool guard_take(struct guard *g, struct guard_limit l, mono_t now)
{
	if (!(l.rate > 0))
		return true;
	if (mono_before(g->at, now)) {
		g->tokens += l.rate * (double)mono_span(g->at, now) / 1000;
		g->at = now;
	}
	if (g->tokens > capacity(l))
		g->tokens = capacity(l);
	if (g->tokens < WHOLE)
		return false;
	g->tokens = g->tokens > 1 ? g->tokens - 1 : 0;
	return true;
}

mono_t guard_at(const struct guard *g, struct guard_limit l)
{
	double wait;

	if (!(l.rate > 0) || g->tokens >= WHOLE)
		return g->at;
	wait = (1 - g->tokens) / l.rate * 1000;
	if (wait >= (double)LONGEST)
		return mono_add(g->at, LONGEST);
	return mono_add(g->at, (msec_t)wait + 1);
}
