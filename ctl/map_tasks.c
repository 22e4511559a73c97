/* SPDX-License-Identifier: MIT */
#include "ctl/map_tasks.h"

#include <string.h>

void tasks_init(struct tasks *t)
{
	*t = (struct tasks){ 0 };
	list_init(&t->order);
	list_init(&t->flight);
}

void tasks_done(struct tasks *t)
{
	while (list_linked(&t->order))
		task_free(t, container_of(t->order.next, struct task, order));
}

struct task *tasks_add(struct tasks *t, uint64_t number, const char *item, json_t *stages)
{
	struct task *k = calloc(1, sizeof *k);
	char *copy = item ? strdup(item) : NULL;

	if (!k || (item && !copy)) {
		json_decref(stages);
		free(copy);
		free(k);
		return NULL;
	}
	*k = (struct task){
		.number = number, .item = copy, .stages = stages, .capture = CAPTURE_NONE
	};
	list_append(&t->order, &k->order);
	list_init(&k->flight);
	t->n++;
	return k;
}

void task_fly(struct tasks *t, struct task *k)
{
	k->seq = ++t->seq;
	list_append(&t->flight, &k->flight);
	t->flying++;
}

struct task *tasks_find(struct tasks *t, uint64_t seq)
{
	for (struct list *l = t->flight.next; l != &t->flight; l = l->next)
		if (container_of(l, struct task, flight)->seq == seq)
			return container_of(l, struct task, flight);
	return NULL;
}

void task_land(struct tasks *t, struct task *k)
{
	list_unlink(&k->flight);
	t->flying--;
}

struct task *tasks_first_over(struct tasks *t)
{
	struct task *k = container_of(t->order.next, struct task, order);

	return list_linked(&t->order) && !list_linked(&k->flight) ? k : NULL;
}

void task_free(struct tasks *t, struct task *k)
{
	list_unlink(&k->order);
	list_unlink(&k->flight);
	json_decref(k->stages);
	capture_close(&k->capture);
	free(k->item);
	free(k);
	t->n--;
}
