/* SPDX-License-Identifier: MIT */
#include "ctl/flights.h"

#include <errno.h>

static struct flight *flight_of(const struct list *l)
{
	return container_of(l, struct flight, link);
}

static void flight_free(struct flight *l)
{
	list_unlink(&l->link);
	json_decref(l->spec);
	free(l);
}

void flights_init(struct flights *f)
{
	list_init(&f->list);
	f->n = 0;
}

void flights_done(struct flights *f)
{
	while (list_linked(&f->list))
		flight_free(flight_of(f->list.next));
	f->n = 0;
}

int flights_add(struct flights *f, uint64_t seq, json_t *spec, const int *fds, unsigned n_fds)
{
	struct flight *l = calloc(1, sizeof *l);

	if (!l || !spec) {
		json_decref(spec);
		free(l);
		return -ENOMEM;
	}
	*l = (struct flight){ .seq = seq, .spec = spec, .n_fds = n_fds };
	for (unsigned i = 0; i < n_fds; i++)
		l->fds[i] = fds[i];
	list_append(&f->list, &l->link);
	f->n++;
	return 0;
}

struct flight *flights_first(struct flights *f, enum flight_phase phase)
{
	for (struct list *l = f->list.next; l != &f->list; l = l->next)
		if (flight_of(l)->phase == phase)
			return flight_of(l);
	return NULL;
}

struct flight *flights_find(struct flights *f, uint64_t seq)
{
	for (struct list *l = f->list.next; l != &f->list; l = l->next)
		if (flight_of(l)->seq == seq && !flight_of(l)->ended)
			return flight_of(l);
	return NULL;
}

struct flight *flights_unasked(struct flights *f)
{
	for (struct list *l = f->list.next; l != &f->list; l = l->next)
		if (flight_of(l)->phase == FLIGHT_QUEUED && !flight_of(l)->asked)
			return flight_of(l);
	return NULL;
}

void flight_end(struct flights *f, struct flight *l)
{
	f->n--;
	l->ended = true;
	if (l->phase != FLIGHT_SAID)
		flight_free(l);
}

void flight_answered(struct flight *l, json_int_t id)
{
	l->phase = FLIGHT_KNOWN;
	l->id = id;
	if (l->ended)
		flight_free(l);
}

void flights_requeue(struct flights *f)
{
	for (struct list *l = f->list.next, *next; l != &f->list; l = next) {
		next = l->next;
		flight_of(l)->phase = FLIGHT_QUEUED;
		if (flight_of(l)->ended)
			flight_free(flight_of(l));
	}
}

json_t *flights_ids(const struct flights *f)
{
	json_t *ids = json_array();

	for (const struct list *l = f->list.next; l != &f->list; l = l->next)
		if (flight_of(l)->phase == FLIGHT_KNOWN &&
		    json_array_append_new(ids, json_integer(flight_of(l)->id)) < 0) {
			json_decref(ids);
			return NULL;
		}
	return ids;
}
