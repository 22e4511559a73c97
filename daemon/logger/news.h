/* SPDX-License-Identifier: MIT */
/*
 * news.h - what is said of a log in the daemon's own: that it fails, or works again.
 */
#pragma once

#include "base/buf.h"
#include "base/level.h"
#include "daemon/logger/target.h"

/* Append a line, without newline, and say how grave it is. 0 or -ENOMEM. */
_must_check_ int news_describe(const struct target_report *r, struct buf *out,
			       enum level *ret_level);
