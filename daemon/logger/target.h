/* SPDX-License-Identifier: MIT */
/*
 * target.h - where output goes: one for each path, shared by all who name that path.
 *
 * Bytes go in without waiting; a thread writes them, one job at a time for a target. What a
 * target holds in memory is bounded: who is told that there is no room stops reading and is
 * called when there is. When writing fails, the target says so once, keeps what it has, and
 * tries again from time to time. It is stuck then, and also when a write does not come back:
 * who may not wait drops what comes, and has it counted.
 *
 * Files are open while they are used; the least recently used are closed above a number. A
 * file of somebody who prints nothing is made too, but only in a quiet moment.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/mono.h"
#include "daemon/logger/arena.h"
#include "daemon/logger/iopool.h"
#include "daemon/logger/reader.h"

enum {
	TARGET_ROOM = 16, /* where there is room, it is at least so much */
	TARGET_STALL_MS = 1000, /* nothing was written for so long: it is stuck */
};

struct targets;
struct target;

/* Somebody waits for room. Called once, when there may be some, or when it is stuck; may ask
 * for room again inside of the call. */
struct waiter {
	struct list link;
	void (*fn)(struct waiter *w, mono_t now);
};

/* Somebody whose pipe a thread reads. @got: so many bytes. @over: the thread has let go of the
 * pipe; else it has only stopped reading it, for the file hangs. */
struct pumper {
	int fd;
	void (*fn)(struct pumper *p, uint64_t got, bool over, mono_t now);
};

/* What is said about a target. */
enum target_news {
	TARGET_FAILS, /* error: why. What does not fit any more is dropped, or waits. */
	TARGET_WORKS, /* again; dropped: so many bytes were, error: why */
	TARGET_LOST, /* it never worked again; dropped, error: as above */
	TARGET_CANNOT_ROTATE, /* error: why; it grows over its maximum */
	TARGET_REFUSED, /* error: what is not to be trusted was under its name */
};
struct target_report {
	const char *path;
	enum target_news news;
	int error; /* errno */
	uint64_t dropped;
};
typedef void target_news_fn(void *owner, const struct target_report *r);

/* The target for the rule's path, made if there is none; the newest rule counts. Give it back
 * with target_unref: what it holds is written first. 0 or -errno. */
_must_check_ int target_get(struct targets *ts, const struct logrule *rule,
			    struct target **ret);

/* The same, but one that is there keeps its rule, and no file is made for a new one. */
_must_check_ int target_join(struct targets *ts, const struct logrule *rule,
			     struct target **ret);
struct target *target_ref(struct target *t);
void target_unref(struct target *t, mono_t now);

/*
 * A chunk with room for @need bytes, or an empty one if that is more than there can be; at
 * least TARGET_ROOM. Then target_filled() at once, with how many were put in (perhaps 0). NULL:
 * there is no room now, and @w, which must not be linked, is called.
 */
struct chunk *target_chunk(struct target *t, size_t need, struct waiter *w, mono_t now);
void target_filled(struct target *t, size_t n, mono_t now);

/* Whether who may not wait should drop what it has; @n bytes were. */
bool target_stuck(const struct target *t, mono_t now);
void target_drop(struct target *t, size_t n, mono_t now);

/* Let a thread read @p->fd and write here, when nothing else is to be done. False: it cannot
 * be. p->fn is called; until it says that it is over, the descriptor must stay. */
bool target_pump(struct target *t, struct pumper *p, mono_t now);

/* Bytes that this target has taken in so far; bytes that are settled: written, or dropped, or
 * not to be waited for. */
uint64_t target_accepted(const struct target *t);
uint64_t target_settled(const struct target *t);

/* Let @r read along; the target stays for it, also when nobody writes there any more. Not to
 * be detached while in_work. */
void target_attach(struct target *t, struct reader *r);
void target_detach(struct reader *r, mono_t now);

/* Serve @r once, when it is its turn; r->fn is called, perhaps at once. */
void target_read(struct reader *r, mono_t now);

/* What counts for it; borrowed until the next turn. */
const struct logrule *target_rule(const struct target *t);

/* Remove its backups that were last written before. */
void target_trim(struct target *t, int64_t until_ms, mono_t now);

/* Rotate now; remove all that was written. After what came before. */
void target_rotate(struct target *t, mono_t now);
void target_clear(struct target *t, mono_t now);
