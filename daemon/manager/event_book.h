/* SPDX-License-Identifier: MIT */
/*
 * event_book.h - the last happenings, who wants to know of them, and the number of the next,
 * which outlives us.
 */
#pragma once

#include <jansson.h>

#include "base/list.h"
#include "daemon/manager/happening.h"

struct kept_serial;

struct events {
	struct happenings *all;
	struct kept_serial *kept; /* mapped */
	struct list subscribers;
};

struct subscriber {
	struct list link;
	uint64_t conn, serial; /* of the request */
	json_t *types, *names; /* arrays of strings; NULL: all */
	bool sees_output; /* it has the right to */
	uint64_t cursor;
	uint64_t lost; /* not told yet */
};

/* Numbers go on from what is in *@fd, which becomes another file, to be kept for those who come
 * after us, if it was -1 or none of ours. 0 or -errno. */
_must_check_ int event_book_new(int *fd, struct events **ret);

/* NULL is fine. Returns NULL. */
struct events *event_book_free(struct events *es);

void event_book_add(struct events *es, const struct happening *h);

void subscriber_free(struct subscriber *s);
