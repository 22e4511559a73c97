/* SPDX-License-Identifier: MIT */
/*
 * meter.h - holds a stream to so many bytes a second, with a reserve for bursts. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mono.h"

struct meter {
	int64_t rate, burst; /* bytes a second, bytes */
	int64_t asked; /* the burst as it was asked for */
	int64_t have; /* bytes; below 0 after a line that was longer than the reserve */
	mono_t at;
};

void meter_init(struct meter *m, int64_t rate, int64_t burst, mono_t now);

/* Whether something may pass now; if not, when. */
bool meter_open(struct meter *m, mono_t now, mono_t *ret_at);

/* @n bytes pass; whether something more may. */
bool meter_pass(struct meter *m, uint64_t n);
