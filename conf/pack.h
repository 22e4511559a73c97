/* SPDX-License-Identifier: MIT */
/*
 * pack.h - a group and all that belongs to it, copied into one block of memory.
 *
 * Thousands of programs are kept for as long as the daemon runs: equal strings of a group are
 * kept once, and nothing is lost to the allocator's rounding.
 */
#pragma once

#include "base/cleanup.h"
#include "conf/spec.h"

/* 0 and *@ret with one reference, or -ENOMEM. Of @head only what is said of the group itself is
 * taken: its name, priority, whether it is a pipeline. @v is only read. */
_must_check_ int pack_group(const struct group_spec *head, const struct process_spec *v,
			    size_t n, struct group_spec **ret);
