/* SPDX-License-Identifier: MIT */
/*
 * flights.h - the jobs of a visit between the wish for them and the news of their end.
 *
 * The life of one is QUEUED, SAID (its Run is out), KNOWN (its id came), gone. Runs are
 * answered in the order in which they are said, which is that of the list. One whose end is
 * known before the answer to its Run stays for that answer, as ended.
 */
#pragma once

#include <jansson.h>

#include "base/list.h"
#include "ctl/line.h"

enum flight_phase { FLIGHT_QUEUED, FLIGHT_SAID, FLIGHT_KNOWN };

struct flight {
	struct list link;
	uint64_t seq;
	json_t *spec; /* owned */
	int fds[LINE_FDS]; /* borrowed */
	unsigned n_fds;
	enum flight_phase phase;
	bool asked; /* it was said at least once: the daemon may know it */
	bool ended;
	json_int_t id;
};

struct flights {
	struct list list;
	size_t n; /* that have not ended */
};

void flights_init(struct flights *f);
void flights_done(struct flights *f);

/* At the end of the list. @spec is stolen. 0 or -ENOMEM. */
_must_check_ int flights_add(struct flights *f, uint64_t seq, json_t *spec, const int *fds,
			     unsigned n_fds);

/* The first in a phase; the one with this number that has not ended; or NULL. */
struct flight *flights_first(struct flights *f, enum flight_phase phase);
struct flight *flights_find(struct flights *f, uint64_t seq);

/* The first that nobody was ever asked for, or NULL. */
struct flight *flights_unasked(struct flights *f);

/* It has ended; it goes, unless an answer is still to come for it. */
void flight_end(struct flights *f, struct flight *l);

/* The answer has come: its id, if it has one. It goes if it has ended. */
void flight_answered(struct flight *l, json_int_t id);

/* All that have not ended are to be said again. */
void flights_requeue(struct flights *f);

/* An array of the ids that are known; NULL without memory. */
json_t *flights_ids(const struct flights *f);
