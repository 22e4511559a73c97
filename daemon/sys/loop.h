/* SPDX-License-Identifier: MIT */
/*
 * loop.h - waits for descriptors, the one timer and signals.
 *
 * libev stays behind this header: no other file includes <ev.h>. The loop is never libev's
 * default one, which reaps every child by itself (libev 4.33, ev_default_loop).
 *
 * A program's main is
 *	while (!done) { loop_turn(loop); …carry out what the callbacks posted…; }
 */
#pragma once

#include "base/cleanup.h"
#include "base/mono.h"

struct loop; /* opaque */
struct watch; /* opaque: one watched descriptor */
struct signal_watch; /* opaque */

enum { WATCH_READ = 1, WATCH_WRITE = 2 };

/* @events: which of those asked for are ready; an error or hang-up shows as all of them. */
typedef void watch_fn(struct watch *w, void *owner, int events);
typedef void signal_fn(int signo, void *owner);

/* Make a loop. 0 and *@ret on success, else -errno and *@ret untouched. */
_must_check_ int loop_new(struct loop **ret);

/* Free @l; its watches must have been dropped. NULL is fine. Returns NULL. */
struct loop *loop_free(struct loop *l);

/* Call @fn with @owner when @fd is ready for @events. The loop borrows @fd: drop the watch
 * before you close it. @events may be 0: nothing yet. */
_must_check_ int loop_watch(struct loop *l, int fd, int events, watch_fn *fn, void *owner,
			    struct watch **ret);

/* Watch for other events from now on; 0 stops without dropping. */
void watch_set(struct watch *w, int events);
int watch_fd(const struct watch *w);

/* Drop a watch; allowed inside any callback, its own included. NULL is fine. Returns NULL. */
struct watch *watch_drop(struct watch *w);

/* Call @fn for signal @signo, from within loop_turn(), not from the handler. */
_must_check_ int loop_signal(struct loop *l, int signo, signal_fn *fn, void *owner,
			     struct signal_watch **ret);
struct signal_watch *signal_watch_drop(struct signal_watch *s);

/* Make the next loop_turn() return at @t at the latest; MONO_NEVER: waits for events only. */
void loop_wake_at(struct loop *l, mono_t t);

/* Wait, then run the callbacks of what is ready. */
void loop_turn(struct loop *l);

/* In the child of a fork that goes on with @l; the parent must not. */
void loop_forked(struct loop *l);

/* The time of this turn: read once per wake-up, the same for all callbacks. */
mono_t loop_now(const struct loop *l);

static inline void loop_freep(struct loop **l)
{
	*l = loop_free(*l);
}
static inline void watch_dropp(struct watch **w)
{
	*w = watch_drop(*w);
}
