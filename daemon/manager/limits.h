/* SPDX-License-Identifier: MIT */
/*
 * limits.h - how much a program may use, from its definition to what the keeper is told.
 *
 * The files of a cgroup are those of the kernel's cgroup-v2 documentation. A share of all there
 * is becomes a number here: of the machine's memory (sysinfo(2)), or of its process numbers
 * (kernel.pid_max, proc(5)).
 */
#pragma once

#include "base/buf.h"
#include "conf/spec.h"
#include "proto/link.h"

/* Holds what is told; reuse it for the next one. All zero is empty. */
struct limits_room {
	struct link_rlimit rlimits[LIMIT_N];
	struct buf cgroup;
};

/* Fill in what @spec says of limits; what @ret points to lives in @room until the next call. 0
 * or -ENOMEM. */
_must_check_ int limits_tell(struct limits_room *room, const struct limits_spec *spec,
			     struct link_spawn *ret);

void limits_room_done(struct limits_room *room);
