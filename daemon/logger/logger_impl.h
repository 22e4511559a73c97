/* SPDX-License-Identifier: MIT */
/*
 * logger_impl.h - what the logger looks like inside: for logger.c, phases.c, messages.c and
 * tell.c only.
 */
#pragma once

#include <stdbool.h>

#include "daemon/logger/logger.h"
#include "daemon/logger/mainlog.h"
#include "daemon/logger/recover.h"
#include "daemon/logger/stream.h"
#include "daemon/logger/tail.h"
#include "daemon/sys/channel.h"

struct clean;
struct logs;
struct removals;
struct retention;

struct logger {
	struct loop *loop;
	struct iopool *pool;
	struct watch *pool_watch;
	struct arena *arena; /* NULL: the keeper may still have one for us */
	int arena_fd; /* that one */
	struct recovery recovery;
	struct targets *targets;
	struct streams *streams;
	struct stream_ears ears;
	struct tails *tails;
	struct logs *logs;
	struct removals *removals;
	struct retention *retention;
	struct mainlog *mainlog; /* NULL at the very end */
	struct channel *keeper, *manager; /* NULL: gone */
	bool manager_gone, broken;

	struct clean *clean; /* under way */
	char *clean_dir, *clean_ident; /* to be done at clean_at */
	mono_t clean_at;

	bool finishing;
	mono_t hope_until; /* then the manager has nothing more to say */
	mono_t give_up_at, give_up_for_good_at;
};

static inline mono_t logger_now(const struct logger *g)
{
	return loop_now(g->loop);
}

/* Begin with what another one left, once it is known whether there is any. */
void logger_begin(struct logger *g);

/* Drain everything and end. */
void logger_finish(struct logger *g);

/* To the manager; lost if it is away, or so slow that very much waits for it. */
void tell_manager(struct logger *g, const struct link_msg *m);

/* The same line for all that goes wrong. */
void tell_complaint(struct logger *g, const char *what, int error);

/* Callbacks: of targets, of streams. */
void tell_of_target(void *owner, const struct target_report *r);
void tell_dropped(void *owner, uint32_t id, uint32_t which, uint64_t total);
void tell_captured(void *owner, uint32_t id, uint32_t which, const char *data, size_t len);
void tell_lines(void *owner, uint32_t id, uint32_t which, const char *data, size_t len);
