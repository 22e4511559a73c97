/* SPDX-License-Identifier: MIT */
#include "daemon/keeper/deposits.h"

#include <string.h>

#include "daemon/keeper/say.h"
#include "daemon/keeper/store.h"

struct deposit {
	struct list link;
	const struct peer *of;
	struct stored *stored;
	int fd;
	char name[];
};

static struct deposit *find(struct keeper *k, const struct peer *of, const char *name)
{
	for (struct list *l = k->deposits.next; l != &k->deposits; l = l->next) {
		struct deposit *d = container_of(l, struct deposit, link);

		if (d->of == of && strcmp(d->name, name) == 0)
			return d;
	}
	return NULL;
}

static void drop(struct keeper *k, struct deposit *d)
{
	list_unlink(&d->link);
	k->n_deposits--;
	(void)store_drop(k, d->stored);
	(void)fd_close(d->fd);
	free(d);
}

static struct deposit *add(struct keeper *k, const struct peer *of, const char *name, int *fd)
{
	struct deposit *d = malloc(sizeof *d + strlen(name) + 1);

	if (!d)
		return NULL;
	*d = (struct deposit){ .of = of, .fd = TAKE_FD(*fd) };
	memcpy(d->name, name, strlen(name) + 1);
	list_append(&k->deposits, &d->link);
	k->n_deposits++;
	return d;
}

static enum stored_kind kind_of(const struct keeper *k, const struct peer *of)
{
	return of == &k->manager ? STORED_MANAGER : STORED_LOGGER;
}

void deposits_put(struct keeper *k, const struct peer *of, const char *name, int *fd)
{
	struct deposit *before = find(k, of, name), *d;

	d = *fd >= 0 ? add(k, of, name, fd) : NULL;
	if (d)
		d->stored = store_keep(k, kind_of(k, of), 0, name, d->fd);
	else if (*fd != -1)
		say_log(k, LEVEL_CRITICAL, "no room to keep %s for the next %s", name,
			of->name);
	if (before) /* in this order: systemd always has one of the two */
		drop(k, before);
}

void deposits_found(struct keeper *k, const struct peer *of, const char *name, int *fd,
		    struct stored *stored)
{
	struct deposit *before = find(k, of, name), *d = add(k, of, name, fd);

	if (d)
		d->stored = stored;
	else
		(void)store_drop(k, stored);
	if (before)
		drop(k, before);
}

void deposits_tell(struct keeper *k, struct peer *to)
{
	for (struct list *l = k->deposits.next; l != &k->deposits; l = l->next) {
		const struct deposit *d = container_of(l, struct deposit, link);
		const struct link_msg m = { .type = LINK_DEPOSIT, .name = { d->name } };

		/* A manager without its ledger must not go on: rather try another start. */
		if (d->of == to && say_fd(to, &m, d->fd) < 0)
			to->link_lost = true;
	}
}

void deposits_done(struct keeper *k)
{
	while (list_linked(&k->deposits))
		drop(k, container_of(k->deposits.next, struct deposit, link));
}
