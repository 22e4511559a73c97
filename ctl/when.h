/* SPDX-License-Identifier: MIT */
/*
 * when.h - points in time as people write them, and as they read them.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"

/*
 * "10s", "5m", "2h", "1d": so long before @now_ms; "12:30", "12:30:15": today; "2026-01-31",
 * with " 12:30:15.5" or "T12:30:15.5", and "Z" or "+01:00"; "@SECONDS". All but the last, and
 * what has a zone, is local time. Milliseconds since 1970. FLAGS_OK; FLAGS_BAD, and what is
 * wrong in @why; -ENOMEM.
 */
_must_check_ int when_read(const char *text, int64_t now_ms, int64_t *ret, struct buf *why);

/* "2026-01-31T12:30:15.500+01:00", local time. */
_must_check_ int when_put(int64_t ms, struct buf *out);
