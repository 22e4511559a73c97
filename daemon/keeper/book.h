/* SPDX-License-Identifier: MIT */
/*
 * book.h - what the keeper knows, in a memfd that outlives it: for the next keeper, after this
 * one was killed. Where systemd keeps descriptors for us, that is (store.h).
 *
 * Each entry is written as a whole: whoever reads it finds what was written last or, of a
 * keeper killed in the middle, what was written before.
 */
#pragma once

#include "daemon/keeper/slot.h"
#include "daemon/sys/stranger.h"

enum book_state {
	BOOK_STARTS, /* until everything is started there is nothing to go on from */
	BOOK_RUNS,
	BOOK_ENDS, /* whatever is alive is to end */
};

/* A slot, without what a descriptor stands for. */
struct book_entry {
	uint32_t id, gen; /* id 0: none */
	struct identity who; /* pid 0: none */
	bool exec_done, ended, lost, ready;
	int32_t wait_status, exec_error, exec_stage;
	struct slot_end end;
};

enum book_peer { BOOK_MANAGER, BOOK_LOGGER };

struct book;

/* 0 or -errno. */
_must_check_ int book_new(struct book **ret);

/* What another keeper left; @fd is taken over, also on failure. 0 or -errno, -EBADMSG: it is
 * none, or of a version that we cannot read. */
_must_check_ int book_open(int fd, struct book **ret);
struct book *book_free(struct book *b);
int book_fd(const struct book *b);

void book_set_state(struct book *b, enum book_state state);
enum book_state book_state(const struct book *b);

/* The manager's settings as bytes. -EMSGSIZE: too many. */
_must_check_ int book_set_settings(struct book *b, const void *bytes, size_t n);
const char *book_settings(const struct book *b, size_t *ret_n);

/* Who the manager and the logger are. */
void book_set_peer(struct book *b, enum book_peer which, const struct identity *who);
struct identity book_peer(const struct book *b, enum book_peer which);

/* A place for an entry, empty. 0 or -ENOMEM. */
_must_check_ int book_add(struct book *b, uint32_t *ret_place);
void book_write(struct book *b, uint32_t place, const struct book_entry *e);
void book_remove(struct book *b, uint32_t place);

/* Where a child about to be forked leaves its own pid, until the next book_write(): then nobody
 * is forked and unknown, also if we are killed before we know of it. */
int32_t *book_claim(struct book *b, uint32_t place);

/* How many places there are, and what is at one; false: nothing. */
uint32_t book_places(const struct book *b);
bool book_read(const struct book *b, uint32_t place, struct book_entry *ret);

static inline void book_freep(struct book **b)
{
	*b = book_free(*b);
}
