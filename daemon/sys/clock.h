/* SPDX-License-Identifier: MIT */
/*
 * clock.h - reads the clocks. Whoever is inside of a turn uses loop_now() instead.
 */
#pragma once

#include "base/mono.h"

/* CLOCK_MONOTONIC in whole milliseconds. */
mono_t mono_now(void);

/* CLOCK_MONOTONIC in nanoseconds, to measure with. */
int64_t mono_now_ns(void);

/* CLOCK_REALTIME in milliseconds since the epoch: for display, never for arithmetic. */
int64_t wall_now_ms(void);
