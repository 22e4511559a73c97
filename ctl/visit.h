/* SPDX-License-Identifier: MIT */
/*
 * visit.h - jobs of this caller: asked for, told of when they end, and none lost or run twice
 * when the daemon's manager is replaced meanwhile.
 *
 * One connection brings results, another takes calls; the daemon stops the jobs when the first
 * ends. If it is the daemon that goes away, both are made again, all that is still in flight is
 * asked for again under the same numbers, and whoever is told nothing notices nothing.
 *
 * Nothing waits but visit_new(), while the socket has no room for one more caller. A turn is
 *	visit_say(v); n = visit_poll(v, p);
 *	poll(p, n + …, visit_wait(v)); visit_turn(v, n, p);
 */
#pragma once

#include <poll.h>

#include <jansson.h>

#include "base/mono.h"
#include "ctl/line.h"

struct visit; /* opaque */

struct visit_ops {
	/* A job has ended. @job is its Job, borrowed; NULL: it was withdrawn, and never asked
	 * for. Its descriptors are the caller's again in any case. */
	void (*ended)(void *owner, uint64_t seq, const json_t *job);
	/* It was refused with an error of the daemon, and never ran. */
	void (*refused)(void *owner, uint64_t seq, const struct varlink_reply *why);
};

struct visit_plan {
	const char *path; /* of the socket; borrowed */
	json_t *spec; /* the template of all jobs; stolen */
	int limit; /* so many run at once; 0: any number */
	msec_t patience; /* for an answer to the first call */
};

enum { VISIT_FDS = 2, VISIT_AWAY = 10000 /* ms: then a daemon that went is gone */ };

/* Connect. 0 or -errno as line_open(). @ops and @owner are borrowed. */
_must_check_ int visit_new(const struct visit_plan *plan, const struct visit_ops *ops,
			   void *owner, struct visit **ret);

/* The jobs that have not ended are stopped by the daemon. NULL is fine. Returns NULL. */
struct visit *visit_free(struct visit *v);
static inline void visit_freep(struct visit **v)
{
	*v = visit_free(*v);
}

/* Ask for a job; @seq was never given before. @job is stolen; the descriptors are borrowed
 * until it has ended. 0 or -ENOMEM. */
_must_check_ int visit_run(struct visit *v, uint64_t seq, json_t *job, const int *fds,
			   unsigned n_fds);

/* What is not yet asked for is not going to be. */
void visit_withdraw(struct visit *v);

enum visit_order {
	ORDER_SIGNAL, /* a signal to what runs */
	ORDER_STOP, /* the stop signal, and SIGKILL later; what waits is dropped */
	ORDER_DROP, /* what waits is dropped */
};

/* Give an order about all that was asked for and has not ended. @signal: by number. */
void visit_order(struct visit *v, enum visit_order order, int signal);

/* Whether no order waits for its answer. */
bool visit_quiet(const struct visit *v);

/* How many were asked for and have not ended. */
size_t visit_flying(const struct visit *v);

/* Say what was asked for since, as far as it goes. 0 or -errno: -E2BIG. */
_must_check_ int visit_say(struct visit *v);

/* Fill in what to wait for, VISIT_FDS at most; how many that are. How long, for poll(2). */
unsigned visit_poll(const struct visit *v, struct pollfd *p);
int visit_wait(const struct visit *v);

/* Outcomes of a turn. */
enum { VISIT_OK, VISIT_REFUSED };

/*
 * Receive what goes without waiting, as visit_poll() asked and poll(2) answered.
 * VISIT_REFUSED: the daemon will not have us; see visit_refusal(). Or -errno:
 * -ENOTCONN, the daemon went away and did not come back; -ETIMEDOUT, it does not answer;
 * -EBADMSG, -E2BIG.
 */
_must_check_ int visit_turn(struct visit *v, unsigned n, const struct pollfd *p);
const struct varlink_reply *visit_refusal(const struct visit *v);
