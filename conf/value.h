/* SPDX-License-Identifier: MIT */
/*
 * value.h - the text of a value becomes a value. Pure; what needs the machine is in paths.h
 * and users.h.
 *
 * Each returns VALUE_OK and sets *@ret, or VALUE_BAD with what is wrong and what would be right
 * in @why and *@ret untouched, or -ENOMEM.
 */
#pragma once

#include <limits.h>

#include "base/buf.h"
#include "conf/spec.h"

enum { VALUE_OK, VALUE_BAD };

_must_check_ int value_bool(const char *text, bool *ret, struct buf *why);
_must_check_ int value_int(const char *text, int *ret, struct buf *why);

/* An integer, or "cpu" as PER_CPU, which no integer becomes. */
enum { PER_CPU = INT_MIN };
_must_check_ int value_percpu(const char *text, int *ret, struct buf *why);

/* An integer below zero means the same as zero. */
_must_check_ int value_count(const char *text, int *ret, struct buf *why);

/* Whole seconds; below zero is the same as zero. */
_must_check_ int value_seconds(const char *text, msec_t *ret, struct buf *why);

/* Seconds, decimals allowed, not below zero. */
_must_check_ int value_duration(const char *text, msec_t *ret, struct buf *why);

/* Seconds, or a number with s, m, h, d or w behind it; not below zero. */
_must_check_ int value_age(const char *text, msec_t *ret, struct buf *why);

/* So many a second, decimals allowed, not below zero. */
_must_check_ int value_rate(const char *text, double *ret, struct buf *why);

/* A number with KB, MB, GB or nothing behind it; below zero is the same as zero. */
_must_check_ int value_bytes(const char *text, int64_t *ret, struct buf *why);

_must_check_ int value_octal(const char *text, int *ret, struct buf *why);
_must_check_ int value_signal(const char *text, int *ret, struct buf *why);
_must_check_ int value_exitcodes(const char *text, uint32_t ret[EXITCODE_WORDS],
				 struct buf *why);
_must_check_ int value_autorestart(const char *text, enum autorestart *ret, struct buf *why);
_must_check_ int value_oneshot(const char *text, bool *ret, struct buf *why);
_must_check_ int value_level(const char *text, enum level *ret, struct buf *why);

/* A name of a process or group: trimmed, malloc'ed. */
_must_check_ int value_name(const char *text, char **ret, struct buf *why);

/* Short, without control characters; only checked. */
_must_check_ int value_line(const char *text, struct buf *why);

/* [host]:port as a server section has it; only checked. */
_must_check_ int value_inet(const char *text, struct buf *why);

/* The name of signal @n without SIG, or NULL. */
const char *signal_word(int n);
