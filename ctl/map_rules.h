/* SPDX-License-Identifier: MIT */
/*
 * map_rules.h - when map stops and how it exits, as GNU parallel does: --jobs, --halt and the
 * exit status. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum halt_when { HALT_NEVER, HALT_SOON, HALT_NOW };
enum halt_why { HALT_FAIL, HALT_SUCCESS, HALT_DONE };

struct halt {
	enum halt_when when;
	enum halt_why why;
	unsigned count; /* so many; 0: percent counts */
	unsigned percent; /* so many of a hundred items */
};

/* What has become of the items so far. */
struct tally {
	uint64_t done, failed;
	uint64_t total; /* 0: not known yet */
};

/* Outcomes. Negative values are errno. */
enum { MAP_RULES_OK, MAP_RULES_BAD };

/* "never", "soon,fail=1", "now,done=50%". MAP_RULES_BAD, and what is wrong in @why. */
_must_check_ int halt_parse(const char *text, struct halt *ret, struct buf *why);

/* Whether it is time. Percents count once the total is known. */
bool halt_reached(const struct halt *h, const struct tally *t);

/* How many at once: "4", "+2" or "-1" (beside the number of processors), "50%" of them; "0": as
 * many as there are, *@ret is 0 then. */
_must_check_ int slots_parse(const char *text, unsigned cpus, unsigned *ret, struct buf *why);

/*
 * The exit status: how many failed, at most 101. Halted by a first failure or end: @last, what
 * the job exited with; by success: 0; by a percentage: that of the failed.
 */
int tally_exit(const struct tally *t, const struct halt *h, bool halted, int last);
