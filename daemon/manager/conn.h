/* SPDX-License-Identifier: MIT */
/*
 * conn.h - one connection of the control socket: requests and descriptors in, replies out.
 *
 * Moves bytes and keeps the books; what a request means is server.c's business, and so is every
 * decision to end a connection. Nothing here waits.
 */
#pragma once

#include <stdint.h>

#include "base/list.h"
#include "daemon/manager/server.h"

/* Descriptors of a message. */
struct conn_fds {
	int v[COMMAND_FDS];
	unsigned n;
	uint64_t at; /* they belong to the message with this byte */
};

/* What all connections of a server share. */
struct service {
	struct server_ops ops;
	void *owner;
	struct server_limits limits;
};

struct conn {
	struct list link; /* of the server */
	uint64_t id;
	int fd;
	struct watch *watch;
	struct service *service;
	struct peer peer;
	enum command_right right;

	struct varlink_stream in;
	uint64_t received; /* bytes since the beginning */
	/* Some may belong to a message of which more is to come, some to what came just now. */
	struct conn_fds fds[2];
	unsigned n_fds; /* of those in use */

	struct buf out;
	size_t sent; /* of out */

	/* The request that is being served. */
	uint64_t serial;
	bool busy; /* its last reply has not been given */
	bool owned; /* it reached the owner */
	bool more, oneway;

	bool ended; /* the peer sends no more */
	bool closing; /* nothing more is read: ends when all is sent */
	bool dead; /* ends now */
	bool told; /* out has something for which sending was not tried */
	bool whole; /* a whole message waits; as of conn_settle() */
	uint64_t partial; /* where the message starts that ask_due is about */
	mono_t ask_due; /* for the rest of a request to come */
	mono_t read_due; /* for the peer to read something */
};

/* Takes over @fd. 0, -ENOMEM (fd is closed). Events are not yet watched. */
_must_check_ int conn_new(struct service *s, struct loop *l, int fd, watch_fn *fn,
			  struct conn **ret);

/* NULL is fine. Returns NULL. */
struct conn *conn_free(struct conn *c);

/* Read what is there, a bounded piece of it. */
void conn_receive(struct conn *c);

/* As varlink_take(), with the descriptors that came with the message, for the caller to close
 * by conn_fds_done(). */
_must_check_ int conn_take(struct conn *c, size_t max, const char **ret, size_t *ret_len,
			   struct conn_fds *ret_fds);

/* Close those that nobody has taken. */
void conn_fds_done(struct conn_fds *f);

/* Replies that the peer has not taken. */
size_t conn_unsent(const struct conn *c);

/* Send as much as goes at once. @due: when the peer must have read something of the rest. */
void conn_send(struct conn *c, mono_t due);

/* Send no more, free what waits, end. */
void conn_abandon(struct conn *c);

/* After anything has changed: watch for what is wanted now and set the deadlines; mark as dead
 * what has nothing more to do, or took too long. */
void conn_settle(struct conn *c, mono_t now);

/* The earliest deadline. */
mono_t conn_due(const struct conn *c);
