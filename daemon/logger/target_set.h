/* SPDX-License-Identifier: MIT */
/*
 * target_set.h - what a target and the set of them look like inside: for target.c and
 * targets.c only.
 */
#pragma once

#include "daemon/logger/outage.h"
#include "daemon/logger/quiet.h"
#include "daemon/logger/table.h"
#include "daemon/logger/target.h"
#include "daemon/logger/work.h"

struct target {
	struct table_node node; /* by path */
	struct targets *set;
	struct lane *lane;
	unsigned refs;
	bool busy;
	bool old_first; /* what is filling now goes out before a reopen */
	bool reopen, evict; /* wishes */
	bool create; /* the same; under way in set->silent until it is done */
	bool cannot_rotate; /* said so */
	bool counted; /* in set->n_open */
	struct logrule rule;
	struct list waiters, readers;
	struct list open; /* in set->open while the file is, and no thread has it */
	struct list silent; /* in set->silent until the file is to be made */
	struct chunk *filling;
	uint64_t accepted, settled;
	struct outage outage;
	struct work work;
	char path[];
};

struct targets {
	struct iopool *pool;
	struct table all;
	struct chunks chunks;
	struct list open; /* least recently used first */
	size_t n_open, max_open;
	bool leave_open;
	struct quiet silent; /* programs whose files are still to be made */
	struct list starved; /* waiters for whom there was no memory */
	mono_t starved_until;
	target_news_fn *fn;
	void *owner;
};

/* A target nobody refers to yet, in the table of @ts. 0 or -ENOMEM. */
_must_check_ int target_new(struct targets *ts, const char *path, struct target **ret);

/* Give @t something to do, or let it go. */
void target_kick(struct target *t, mono_t now);

/* Call all of @waiters. */
void waiters_wake(struct list *waiters, mono_t now);
