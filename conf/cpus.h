/* SPDX-License-Identifier: MIT */
/*
 * cpus.h - lists of processors, "0-3,6". Pure.
 */
#pragma once

#include "base/buf.h"
#include "conf/spec.h"

/*
 * Read @text: numbers below CPUS_MAX and ranges of them, with commas between. VALUE_OK and
 * *@ret, malloc'ed: the same processors sorted, in as few words as can be. VALUE_BAD: @why says
 * what is wrong. Or -ENOMEM. As in value.h.
 */
_must_check_ int cpus_read(const char *text, char **ret, struct buf *why);
