/* SPDX-License-Identifier: MIT */
/*
 * session.h - jobs of this caller: asked for, told of when they end, and none lost or run twice
 * when the daemon's manager is replaced meanwhile.
 *
 * One connection brings results, another takes calls; the daemon stops the jobs when the first
 * ends. If it is the daemon that goes away, both are made again, all that is still in flight is
 * asked for again under the same numbers, and whoever is told nothing notices nothing.
 *
 * Nothing waits but session_new(), while the socket has no room for one more caller. A turn is
 *	session_say(s); n = session_poll(s, p); poll(p, n + …, session_wait(s)); session_turn(s,
 *n, p);
 */
#pragma once

#include <poll.h>

#include <jansson.h>

#include "base/mono.h"
#include "ctl/line.h"

struct session; /* opaque */

struct session_ops {
	/* A job has ended. @job is its Job, borrowed; NULL: it was withdrawn, and never asked
	 * for. Its descriptors are the caller's again in any case. */
	void (*ended)(void *owner, uint64_t seq, const json_t *job);
	/* It was refused with an error of the daemon, and never ran. */
	void (*refused)(void *owner, uint64_t seq, const struct varlink_reply *why);
};

struct session_plan {
	const char *path; /* of the socket; borrowed */
	json_t *spec; /* the template of all jobs; stolen */
	int limit; /* so many run at once; 0: any number */
	msec_t patience; /* for an answer to the first call */
};

enum { SESSION_FDS = 2, SESSION_AWAY = 10000 /* ms: then a daemon that went is gone */ };

/* Connect. 0 or -errno as line_open(). @ops and @owner are borrowed. */
_must_check_ int session_new(const struct session_plan *plan, const struct session_ops *ops,
			     void *owner, struct session **ret);

/* The jobs that have not ended are stopped by the daemon. NULL is fine. Returns NULL. */
struct session *session_free(struct session *s);
static inline void session_freep(struct session **s)
{
	*s = session_free(*s);
}

/* Ask for a job; @seq was never given before. @job is stolen; the descriptors are borrowed
 * until it has ended. 0 or -ENOMEM. */
_must_check_ int session_run(struct session *s, uint64_t seq, json_t *job, const int *fds,
			     unsigned n_fds);

/* What is not yet asked for is not going to be. */
void session_withdraw(struct session *s);

enum session_order {
	ORDER_SIGNAL, /* a signal to what runs */
	ORDER_STOP, /* the stop signal, and SIGKILL later; what waits is dropped */
	ORDER_DROP, /* what waits is dropped */
};

/* Give an order about all that was asked for and has not ended. @signal: by number. */
void session_order(struct session *s, enum session_order order, int signal);

/* Whether no order waits for its answer. */
bool session_quiet(const struct session *s);

/* How many were asked for and have not ended. */
size_t session_flying(const struct session *s);

/* Say what was asked for since, as far as it goes. 0 or -errno: -E2BIG. */
_must_check_ int session_say(struct session *s);

/* Fill in what to wait for, SESSION_FDS at most; how many that are. How long, for poll(2). */
unsigned session_poll(const struct session *s, struct pollfd *p);
int session_wait(const struct session *s);

/* Outcomes of a turn. */
enum { SESSION_OK, SESSION_REFUSED };

/*
 * Receive what goes without waiting, as session_poll() asked and poll(2) answered.
 * SESSION_REFUSED: the daemon will not have the session; see session_refusal(). Or -errno:
 * -EPIPE, the daemon went away and did not come back; -ETIMEDOUT, it does not answer; -EBADMSG,
 * -E2BIG.
 */
_must_check_ int session_turn(struct session *s, unsigned n, const struct pollfd *p);
const struct varlink_reply *session_refusal(const struct session *s);
