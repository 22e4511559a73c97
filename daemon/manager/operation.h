/* SPDX-License-Identifier: MIT */
/*
 * operation.h - requests that take as long as programs do: who waits for what, and the answer.
 *
 * An operation belongs to one request of one client. It waits for processes; each wait ends in
 * a call of its wait_fn, which adds outcomes. With "more" outcomes are told as they come, else
 * all at once. When the client leaves, the operation goes with it; what was asked for happens
 * all the same.
 */
#pragma once

#include "daemon/manager/manager.h"
#include "proto/faults.h"

enum wait_kind {
	WAIT_START, /* until it runs, or has failed to */
	WAIT_STOP, /* until it is at rest, or has already been started again */
	WAIT_KEEPER, /* until the keeper answers with the token */
	WAIT_LOGGER, /* until the logger does */
};

enum outcome_list {
	OUTCOME_FIRST, /* "stopped" of Restart, the only one of all others */
	OUTCOME_SECOND, /* "started" of Restart: told after all that stopped */
};
enum { OUTCOME_LISTS = 2 };

struct operation;

/* Called once for each wait, when it has ended: @fault is FAULT_SUCCESS or what came in
 * between (of an answer: 0 or errno), @why a text or NULL. @u may be about to go. */
typedef void wait_fn(struct manager *m, struct operation *op, const struct unit *u, void *data,
		     int fault, const char *why);

struct operation {
	struct list link; /* of manager.operations */
	uint64_t conn, serial; /* conn 0: the client has left, and what is done goes on */
	bool more, building;
	struct list waits; /* not ended */
	unsigned stops; /* how many of them are WAIT_STOP */
	const char *keys[OUTCOME_LISTS]; /* their names in the reply; NULL: there is none */
	json_t *lists[OUTCOME_LISTS]; /* arrays of what was not yet told */
	void *data; /* of who made it; with it, it outlives its client */
	void (*drop)(void *data); /* frees data; NULL: nothing to free */
};

/* For @rq; the reply has its outcomes under @first, and others under @second if not NULL. NULL
 * without memory: the client is told so. */
struct operation *operation_new(struct manager *m, const struct request *rq, const char *first,
				const char *second);

/* Wait for what will come of an event posted in this turn. False without memory: @fn will not
 * be called. */
bool operation_wait(struct operation *op, struct unit *u, const struct proc *p,
		    enum wait_kind kind, wait_fn *fn, void *data);

/* Wait for the answer to something asked about @u, which may be NULL for what is no process.
 * The token to ask with, or 0 without memory. */
uint32_t operation_ask(struct manager *m, struct operation *op, struct unit *u,
		       const struct proc *p, enum wait_kind kind, wait_fn *fn, void *data);

/* The answer to @token: 0 or errno, which comes to the wait_fn as its @fault. */
void operation_answer(struct manager *m, uint32_t token, int error);

/* There is another logger: what the one before was asked is answered with EPIPE. */
void operation_logger_lost(struct manager *m);

/* An outcome of @u, or, if NULL, of a name as it was asked for. @text may be NULL. */
void operation_outcome(struct operation *op, enum outcome_list list, const struct unit *u,
		       const char *name, int fault, const char *text);

/* Any other object for a list; stolen. */
void operation_append(struct operation *op, enum outcome_list list, json_t *outcome);

/* All waits are made: from now on tell what is new, and end when nothing is waited for. */
void operation_go(struct manager *m, struct operation *op);

/* What has changed is kept (groups_keep): until then nobody is told. */
void operation_resume(struct manager *m);

/* The client left. */
void operation_abandon(struct manager *m, uint64_t conn);

/* Something about @u has changed: @seen is what it shows in passing, @p how it stands. */
void operation_notice(struct manager *m, struct unit *u, const struct proc *p,
		      enum proc_seen seen);

/* @u is about to be freed: whoever waits for it is told. */
void operation_removed(struct manager *m, struct unit *u);

/* All that wait are answered with @error, and no operation is left. */
void operation_end_all(struct manager *m, const char *error);
