/* SPDX-License-Identifier: MIT */
#include "daemon/logger/rest.h"

void rests_init(struct rests *rs, void (*look)(struct rest *r, mono_t now))
{
	*rs = (struct rests){ .at = MONO_NEVER, .look = look };
	list_init(&rs->all);
}

void rest_init(struct rest *r)
{
	r->looks = 0;
	list_init(&r->link);
}

static size_t enough(bool large)
{
	return large ? REST_ENOUGH_LARGE : REST_ENOUGH;
}

bool rest_begin(struct rests *rs, struct rest *r, size_t n, bool large, mono_t now)
{
	if (!rs->wanted || n == 0 || n >= enough(large) + enough(large) / 2)
		return false;
	r->looks = 0;
	list_append(&rs->all, &r->link);
	if (mono_is_never(rs->at))
		rs->at = mono_add(now, REST_MS);
	return true;
}

void rest_end(struct rest *r)
{
	list_unlink(&r->link);
}

bool rest_on(const struct rest *r)
{
	return list_linked(&r->link);
}

bool rest_is_over(struct rest *r, size_t waiting, bool large)
{
	return waiting >= enough(large) || ++r->looks >= REST_LOOKS;
}

void rests_check(struct rests *rs, mono_t now)
{
	struct list todo = LIST_INIT(todo);

	if (mono_before(now, rs->at))
		return;
	list_take(&todo, &rs->all);
	while (list_linked(&todo)) {
		struct rest *r = container_of(todo.next, struct rest, link);

		list_unlink(&r->link);
		list_append(&rs->all, &r->link);
		rs->look(r, now);
	}
	rs->at = list_linked(&rs->all) ? mono_add(now, REST_MS) : MONO_NEVER;
}

mono_t rests_due(const struct rests *rs)
{
	return list_linked(&rs->all) ? rs->at : MONO_NEVER;
}
