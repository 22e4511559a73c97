/* SPDX-License-Identifier: MIT */
#include "daemon/logger/reader.h"

#include <errno.h>

struct reader *readers_ready(const struct list *readers, uint64_t settled)
{
	for (struct list *l = readers->next; l != readers; l = l->next) {
		struct reader *r = container_of(l, struct reader, link);

		if (r->wanted && r->after <= settled)
			return r;
	}
	return NULL;
}

void reader_serve(struct list *readers, struct reader *r, mono_t now)
{
	list_unlink(&r->link);
	list_append(readers, &r->link);
	r->wanted = false;
	r->in_work = false;
	r->fn(r, now);
}

void readers_dismiss(const struct list *readers, mono_t now)
{
	struct reader *r;

	/* One that does not wait learns it when it asks. */
	while ((r = readers_ready(readers, UINT64_MAX))) {
		r->wanted = false;
		r->result = -ECANCELED;
		r->fn(r, now);
	}
}
