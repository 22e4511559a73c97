/* SPDX-License-Identifier: MIT */
/*
 * outage.h - the time during which a log cannot be written: what is lost, when to try again.
 *
 * Pure: time is passed in. All zero: it works.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mono.h"

enum {
	OUTAGE_PAUSE_MS = 1000, /* before the first new attempt; doubled each time, up to */
	OUTAGE_PAUSE_MAX_MS = 8000,
	OUTAGE_FORGIVE_MS = 60 * 1000, /* of good writes, then the pause is short again */
};

struct outage {
	int error; /* errno; 0: it works */
	uint32_t pause_ms;
	mono_t retry_at; /* also kept afterwards: when it last failed, more or less */
	uint64_t dropped;
};

/* A write failed with @error (errno). True if an outage begins. */
bool outage_fails(struct outage *o, int error, mono_t now);

/* A write went well. True if an outage ends: *@ret is what it was. */
bool outage_works(struct outage *o, mono_t now, struct outage *ret);

/* Whether what comes now is to be dropped without an attempt. */
static inline bool outage_drops(const struct outage *o, mono_t now)
{
	return o->error && mono_before(now, o->retry_at);
}
