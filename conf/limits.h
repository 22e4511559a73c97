/* SPDX-License-Identifier: MIT */
/*
 * limits.h - what a program may use, as text and back. Pure. value_…() as in value.h.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "conf/keys.h"

/* One value, or SOFT:HARD; each a number, or "unlimited". Bytes may have K, M, G, T or those
 * with a B behind them. */
_must_check_ int value_bytes_limit(const char *text, struct rlimit_spec *ret, struct buf *why);
_must_check_ int value_number_limit(const char *text, struct rlimit_spec *ret, struct buf *why);

/* A number above zero, a percentage of all there is, or "max". */
_must_check_ int value_bytes_max(const char *text, struct amount *ret, struct buf *why);
_must_check_ int value_number_max(const char *text, struct amount *ret, struct buf *why);

/* A percentage of one processor, "QUOTA PERIOD" in microseconds, or "max". */
_must_check_ int value_cpu_max(const char *text, struct cpu_quota *ret, struct buf *why);

_must_check_ int value_weight(const char *text, int *ret, struct buf *why);
_must_check_ int value_nice(const char *text, int *ret, struct buf *why);
_must_check_ int value_oom_score(const char *text, int *ret, struct buf *why);

/* "idle", or "best-effort" or "realtime" with "/" and 0 to 7 behind it or without. */
_must_check_ int value_ioprio(const char *text, int *ret, struct buf *why);

/* Is @type one of those above? */
bool limits_is(enum key_type type);

/* Is the percent sign a part of such values? */
bool limits_has_percent(enum key_type type);

/* Of a field of such a type. */
bool limits_is_set(enum key_type type, const void *field);
bool limits_same(enum key_type type, const void *a, const void *b);
_must_check_ int limits_print(enum key_type type, const void *field, struct buf *out);

/* Nothing is limited, everything as the daemon was started with. */
void limits_none(struct limits_spec *l);
