/* SPDX-License-Identifier: MIT */
/*
 * target_set.h - what a target and the set of them look like inside: for target.c, target_job.c
 * and targets.c only.
 */
#pragma once

#include "daemon/logger/outage.h"
#include "daemon/logger/quiet.h"
#include "daemon/logger/table.h"
#include "daemon/logger/targets.h"
#include "daemon/logger/work.h"

struct target {
	struct table_node node; /* by path */
	struct targets *set;
	struct lane *lane;
	unsigned refs;
	bool busy;
	bool old_first; /* what is filling now goes out before a reopen */
	bool reopen, evict, rotate, clear, trim, commit; /* wishes */
	int64_t trim_ms;
	struct packer *packer; /* a backup is being packed; it belongs to a thread */
	bool create; /* the same; under way in set->silent until it is done */
	bool cannot_rotate; /* said so */
	bool counted; /* in set->n_open */
	struct logrule rule;
	struct list waiters, readers;
	struct list open; /* in set->open while the file is, and no thread has it */
	struct list silent; /* in set->silent until the file is to be made */
	struct list troubled; /* in set->troubled: to be looked at when time passes */
	struct chunk *filling;
	struct chunk **left; /* of another logger: they go first, from at_left on */
	size_t n_left, at_left;
	struct pumper *pumper; /* a wish, or under way */
	bool stop_told; /* to the pumper */
	uint64_t accepted, settled;
	mono_t moved_at; /* something was written, or there was nothing to write */
	struct outage outage;
	struct work work;
	char path[];
};

/* A backup on its way to be packed; its target stays for it. */
struct packer {
	struct iojob job;
	struct lane *lane;
	struct target *target;
	struct logrule rule;
	struct packing packing;
};

struct targets {
	struct iopool *pool;
	struct arena *arena; /* NULL: not yet */
	struct table all;
	struct list open; /* least recently used first */
	size_t n_open, max_open;
	unsigned long rotations; /* of all */
	bool leave_open;
	struct quiet silent; /* programs whose files are still to be made */
	struct list troubled; /* with an outage, or somebody who waits, or a pump */
	mono_t troubled_until;
	struct list starved; /* waiters for whom there was no memory */
	mono_t starved_until;
	mono_t trim_at; /* give memory back then */
	target_news_fn *fn;
	void *owner;
	void (*on_done)(struct iojob *j, mono_t now); /* target_on_done() */
};

/* A target nobody refers to yet, in the table of @ts. 0 or -ENOMEM. */
_must_check_ int target_new(struct targets *ts, const struct logrule *rule,
			    struct target **ret);

/* Give @t something to do, or let it go: it may be gone afterwards. */
void target_kick(struct target *t, mono_t now);

/* Have it looked at as time passes. */
void target_trouble(struct target *t, mono_t now);

/* For target_job.c: the file is made, or need not be; a job is back. */
void target_settle_create(struct target *t);
void target_tell(struct target *t, enum target_news news, int error, uint64_t dropped);
void target_on_done(struct iojob *j, mono_t now);

/* Have a backup of @t packed, if it has any that should be and nothing is under way. */
void target_pack(struct target *t, mono_t now);

/* It is where it belongs, or cannot be brought there. The target may be gone afterwards. */
void target_packed(struct target *t, mono_t now);

/* Call all of @waiters. */
void waiters_wake(struct list *waiters, mono_t now);
