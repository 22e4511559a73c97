/* SPDX-License-Identifier: MIT */
#include "daemon/keeper/deposits.h"

#include <string.h>

#include "daemon/keeper/say.h"

struct deposit {
	struct list link;
	const struct peer *of;
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
	(void)fd_close(d->fd);
	free(d);
}

void deposits_put(struct keeper *k, const struct peer *of, const char *name, int *fd)
{
	struct deposit *d = find(k, of, name);

	if (d)
		drop(k, d);
	if (*fd == -1)
		return;
	d = *fd >= 0 ? malloc(sizeof *d + strlen(name) + 1) : NULL;
	if (!d) {
		say_log(k, LEVEL_CRITICAL, "no room to keep %s for the next %s", name,
			of->name);
		return;
	}
	d->of = of;
	d->fd = TAKE_FD(*fd);
	memcpy(d->name, name, strlen(name) + 1);
	list_append(&k->deposits, &d->link);
	k->n_deposits++;
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
