/* SPDX-License-Identifier: MIT */
/*
 * store.h - copies of descriptors, held by systemd for the next keeper (sd_notify(3), FDSTORE).
 *
 * Where systemd says how many it takes, in FDSTORE; elsewhere nothing here does anything. Each
 * copy has a name that was never used before: what it is, the number that it belongs to, and a
 * serial. What waits to be sent is sent when systemd has room for it, and not faster than
 * systemd can be asked to read.
 */
#pragma once

#include "daemon/keeper/keeper.h"

enum stored_kind {
	STORED_BOOK = 'b',
	STORED_OUT = 'o', /* read end of the stdout of a process, by its id */
	STORED_ERR = 'e',
	STORED_PIDFD = 'x', /* by the id of the process */
	STORED_READ = 'r', /* an end of a wire, by the id of the process that writes */
	STORED_WRITE = 'w',
	STORED_NOTIFY = 'n', /* the readiness socket of a process */
	STORED_MANAGER = 'm', /* a deposit, with its name */
	STORED_LOGGER = 'l',
};

/* A copy that systemd has, or will have. */
struct stored;

struct store_name {
	enum stored_kind kind;
	uint32_t id, serial;
	char text[64]; /* of a deposit */
};

/* 0: there is a store, or none. Or -errno. */
_must_check_ int store_init(struct keeper *k);
void store_done(struct keeper *k);

/* A book for the next keeper; and none, for there is to be none that goes on. 0 or -errno. */
_must_check_ int store_new_book(struct keeper *k);
void store_no_book(struct keeper *k);

/* The book that another keeper left as @name. */
void store_found_book(struct keeper *k, struct book *b, const char *name);

/* Have a copy kept of @fd, which the caller closes no earlier than it calls store_drop(). NULL:
 * there is no store, or no room. */
struct stored *store_keep(struct keeper *k, enum stored_kind kind, uint32_t id,
			  const char *text, int fd);

/* It is of no use any more. NULL is fine. Returns NULL. */
struct stored *store_drop(struct keeper *k, struct stored *s);

/* Whether @name is one of ours. */
bool store_parse(const char *name, struct store_name *ret);

/* What systemd held under @name, and goes on to hold. NULL without memory. */
struct stored *store_found(struct keeper *k, const char *name);

/* Send what can be sent, and say when to come back. */
void store_tend(struct keeper *k, mono_t now);
mono_t store_due(const struct keeper *k);
