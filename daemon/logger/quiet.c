/* SPDX-License-Identifier: MIT */
#include "daemon/logger/quiet.h"

#include <assert.h>

void quiet_init(struct quiet *q)
{
	*q = (struct quiet){ .since = MONO_NEVER, .at = MONO_NEVER };
	list_init(&q->waiting);
}

void quiet_disturb(struct quiet *q, mono_t now)
{
	if (mono_is_never(q->since))
		q->since = now;
	q->at = mono_min(mono_add(q->since, QUIET_MAX_MS), mono_add(now, QUIET_MS));
}

void quiet_add(struct quiet *q, struct list *l)
{
	list_append(&q->waiting, l);
}

struct list *quiet_next(struct quiet *q, mono_t now)
{
	struct list *l = q->waiting.next;

	if (!list_linked(&q->waiting)) {
		q->since = q->at = MONO_NEVER;
		return NULL;
	}
	if (mono_is_never(q->at))
		quiet_disturb(q, now);
	if (mono_before(now, q->at) || q->under_way >= QUIET_AT_ONCE)
		return NULL;
	list_unlink(l);
	q->under_way++;
	return l;
}

void quiet_over(struct quiet *q)
{
	assert(q->under_way);
	q->under_way--;
}

mono_t quiet_due(const struct quiet *q)
{
	if (!list_linked(&q->waiting) || q->under_way >= QUIET_AT_ONCE)
		return MONO_NEVER;
	return q->at;
}
