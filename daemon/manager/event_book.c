/* SPDX-License-Identifier: MIT */
/*
 * The number of the next happening stands in a file that the keeper holds, and is raised before
 * anybody is told: who was told something by the manager before us, and asks for what came
 * after it, is told how much of that is gone.
 */
#include "daemon/manager/event_book.h"

#include <errno.h>
#include <sys/mman.h>

#include "daemon/sys/memfd.h"

enum {
	KEPT = 1024, /* happenings */
	KEPT_BYTES = 1 << 20,
	KEPT_MAGIC = 0x65767431,
};

/* What the next manager must know. */
struct kept_serial {
	uint32_t magic;
	uint64_t next;
};

static int map_kept(struct events *es, int *fd)
{
	void *at;

	if (*fd < 0 || !memfd_holds(*fd, sizeof *es->kept)) {
		int own, r = memfd_fixed("reeve-events", sizeof *es->kept, &own);

		if (r < 0)
			return r;
		fd_close(*fd);
		*fd = own;
	}
	at = mmap(NULL, sizeof *es->kept, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	es->kept = at;
	if (es->kept->magic != KEPT_MAGIC)
		*es->kept = (struct kept_serial){ .magic = KEPT_MAGIC };
	return 0;
}

int event_book_new(int *fd, struct events **ret)
{
	struct events *es = calloc(1, sizeof *es);
	int r;

	if (!es)
		return -ENOMEM;
	list_init(&es->subscribers);
	r = map_kept(es, fd);
	if (r == 0)
		r = happenings_new(KEPT, KEPT_BYTES, es->kept->next, &es->all);
	if (r < 0)
		event_book_free(es);
	else
		*ret = es;
	return r;
}

struct events *event_book_free(struct events *es)
{
	if (!es)
		return NULL;
	while (list_linked(&es->subscribers))
		subscriber_free(container_of(es->subscribers.next, struct subscriber, link));
	happenings_free(es->all);
	if (es->kept)
		(void)munmap(es->kept, sizeof *es->kept);
	free(es);
	return NULL;
}

void event_book_add(struct events *es, const struct happening *h)
{
	es->kept->next = happenings_end(es->all) + 1;
	happenings_add(es->all, h);
}

void subscriber_free(struct subscriber *s)
{
	list_unlink(&s->link);
	json_decref(s->types);
	json_decref(s->names);
	free(s);
}
