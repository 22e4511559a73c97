/* SPDX-License-Identifier: MIT */
/*
 * list.h - intrusive rings: the link is in the object, and knows whether it is linked.
 *
 * A head is a struct list too. When what is called on the way may add or remove members, move
 * the ring to a local head with list_take() first and pop one by one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *prev, *next;
};

#define LIST_INIT(l)                                                                           \
	{                                                                                      \
		&(l), &(l)                                                                     \
	}

static inline void list_init(struct list *l)
{
	l->prev = l->next = l;
}

/* For a head: is the ring non-empty. For a member: is it in one. */
static inline bool list_linked(const struct list *l)
{
	return l->next != l;
}

static inline void list_append(struct list *head, struct list *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

/* Safe to call twice: an unlinked node points to itself. */
static inline void list_unlink(struct list *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

/* Move all of @from to the empty ring @to. */
static inline void list_take(struct list *to, struct list *from)
{
	if (!list_linked(from))
		return;
	*to = *from;
	to->next->prev = to->prev->next = to;
	list_init(from);
}
