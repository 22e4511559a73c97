/* SPDX-License-Identifier: MIT */
/*
 * attend.h - one who runs jobs and stays with them: passes signals on, stops and goes on with
 * the terminal, and knows when to leave.
 *
 * HUP, INT, QUIT and TERM: what waits is dropped, and what runs gets the signal; again within
 * SIGNALS_REACH: all is stopped; and once more: we leave, and the daemon stops it.
 */
#pragma once

#include "ctl/signals.h"
#include "ctl/visit.h"

struct attend {
	struct visit *visit; /* owned */
	struct signals signals;
	int signal; /* the last that wants an end; 0: none did */
	bool left; /* it was said so often that we leave */
	bool suspend; /* stop ourselves once the jobs have been stopped */
};

#define ATTEND_INIT                                                                            \
	{                                                                                      \
		.signals = SIGNALS_NONE                                                        \
	}

/* How many descriptors it waits for itself. */
enum { ATTEND_FDS = VISIT_FDS + 1 };

/* Take the signals, and connect. As visit_new(). */
_must_check_ int attend_begin(struct attend *a, const struct visit_plan *plan,
			      const struct visit_ops *ops, void *owner);
void attend_done(struct attend *a);

/*
 * Say what there is to be said, wait for something to happen, also with the first @n of @p, or
 * for at most @wait (-1: as long as it takes), and deal with all but those. @p has room for
 * ATTEND_FDS more. As visit_turn().
 */
_must_check_ int attend_turn(struct attend *a, struct pollfd *p, unsigned n, int wait);
