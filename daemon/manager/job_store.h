/* SPDX-License-Identifier: MIT */
/*
 * job_store.h - the journal of jobs: what of them must outlive the manager.
 *
 * A memfd that the keeper holds; records of text are added at its end, each with its length and
 * a checksum. A manager that is killed while it adds one leaves the rest valid. What a record
 * says is the caller's business, who drops those that are of no use any more; when these are
 * most of it, the others are copied into a new store.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct job_store;

/* Where a record stands. All zero: nowhere. */
struct store_ref {
	uint64_t at;
	uint32_t len; /* of its text */
};

/* An empty one. 0 or -errno. */
_must_check_ int job_store_new(struct job_store **ret);

struct job_store *job_store_free(struct job_store *s);
static inline void job_store_freep(struct job_store **s)
{
	*s = job_store_free(*s);
}

/* Called for each record in the order in which they were added; @text has a NUL after @len
 * bytes. It may drop records. Negative: stop, and return that. */
typedef int store_fn(void *owner, const char *text, size_t len, struct store_ref at);

/* What the keeper held; @fd is taken over, also on failure. Read it before anything is added.
 * 0, -EBADMSG: it is no journal of ours, or -errno. */
_must_check_ int job_store_open(int fd, struct job_store **ret);

/* Read all records. One at the end that was not finished is cut off. 0, -errno, or what @fn
 * returned. */
_must_check_ int job_store_read(struct job_store *s, store_fn *fn, void *owner);

/* Add a record. 0 and *@ret, or -errno with nothing changed. */
_must_check_ int job_store_append(struct job_store *s, const char *text, size_t len,
				  struct store_ref *ret);

/* The record is of no use any more; *@ref is then nowhere, and may have been so before. */
void job_store_drop(struct job_store *s, struct store_ref *ref);

/* Add to @to the record of @from; *@ref is where it stands there. 0 or -errno. */
_must_check_ int job_store_copy(const struct job_store *from, struct store_ref *ref,
				struct job_store *to);

/* Whether more than half of it is of no use, and that is much. */
bool job_store_is_wasteful(const struct job_store *s);

/* The descriptor to deposit; borrowed. */
int job_store_fd(const struct job_store *s);

/* How many bytes it has. */
uint64_t job_store_size(const struct job_store *s);
