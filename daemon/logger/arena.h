/* SPDX-License-Identifier: MIT */
/*
 * arena.h - the memory that output passes through. It outlives the logger: a memfd that the
 * keeper holds, and the next logger finds in it what this one had read and not yet written.
 *
 * It lends chunks. Each says by itself whose bytes it holds. Nothing is held while nothing
 * flows, after a moment; when very many are out (a disk hangs
 * under a thousand programs), new ones are small; their number is bounded.
 *
 * All functions are for the thread of the loop, but the last three. A lent chunk belongs to its
 * borrower, which may hand it to a thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "daemon/logger/intent.h"
#include "daemon/logger/logrule.h"

enum {
	CHUNK_BIG = 128 * 1024, /* two full pipes; what supervisord reads at most */
	CHUNK_BIG_MAX = 128, /* so many big ones are out at most */
	CHUNK_SMALL_MAX = 4096,
	CHUNK_STATE = 16, /* bytes that a stream wants to find again */
};

/* As it lies in the memfd. What it holds are the bytes [done, len). */
struct chunk {
	uint64_t seq; /* the later lent, the greater */
	uint32_t off, cap; /* the bytes begin so far from here; room for so many in all */
	uint32_t len, done;
	struct read_intent in;
	struct write_intent out;
	bool inbox; /* of stream @id, @which; else on its way to the log at @path */
	uint8_t which;
	uint32_t id;
	_Alignas(uint32_t) unsigned char state[CHUNK_STATE];
	struct logrule rule; /* its path is not valid here */
	char path[];
};

struct arena;

/* A new one, or the one in *@fd, which is taken then; otherwise -1. Without a memfd it is plain
 * memory, and dies with us. 0, -EBADMSG (@fd is not an arena of this version), or -errno. */
_must_check_ int arena_new(int *fd, struct arena **ret);
struct arena *arena_free(struct arena *a);

/* What the keeper is to hold; -1: there is none. Borrowed. */
int arena_fd(const struct arena *a);

/* An empty chunk for the log that @rule names, or for what stream @id, @which prints; NULL
 * without memory. */
struct chunk *arena_lend(struct arena *a, const struct logrule *rule);
struct chunk *arena_lend_inbox(struct arena *a, uint32_t id, uint32_t which);

/* Give it back, with all that is in it. NULL is fine. Returns NULL. */
struct chunk *arena_back(struct arena *a, struct chunk *c);

/* The same inbox, with what is not done at its beginning, in place of @old; NULL: there is none
 * to be had, and @old stays. */
struct chunk *arena_renew(struct arena *a, struct chunk *old);

/* Chunks that another logger left, the earliest first; NULL: no more. They are lent. */
struct chunk *arena_left(struct arena *a);

/* Chunks that nobody has keep their pages for the next one who asks. How many those are; give
 * back those that were not needed since this was last done. */
size_t arena_kept(const struct arena *a);
void arena_trim(struct arena *a);

/*
 * Several numbers in the arena that change together or not at all, whenever the process dies:
 * note each, then carry out.
 */
void arena_note(struct arena *a, uint32_t *at, uint32_t value);
void arena_note_state(struct arena *a, struct chunk *c, const unsigned char *state);
void arena_carry_out(struct arena *a);

/* For exact.c: where @at of a chunk is in the file that arena_fd() is, -1: it is no file; and
 * the lock on that file's position, for all threads. */
int64_t arena_offset(const struct arena *a, const void *at);
void arena_lock(struct arena *a);
void arena_unlock(struct arena *a);

static inline char *chunk_data(struct chunk *c)
{
	return (char *)c + c->off;
}

static inline size_t chunk_room(const struct chunk *c)
{
	return c->cap - c->len;
}

static inline void arena_freep(struct arena **a)
{
	*a = arena_free(*a);
}
