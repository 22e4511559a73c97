/* SPDX-License-Identifier: MIT */
/*
 * limits.h - as many descriptors for ourselves as we can have, as many as before for others.
 */
#pragma once

#include <sys/resource.h>

#include "base/cleanup.h"

/* Raise our soft limit of descriptors to the hard one; *@ret_was: what it was before. 0 or
 * -errno, with the limit as it was. */
_must_check_ int limits_raise(struct rlimit *ret_was);

/*
 * Make @l allow at least @least, never fewer than it did, and set it for ourselves if
 * @resource is not RLIMIT_NOFILE (which is ours to keep, and given to children). Outcomes
 * below; LIMIT_REFUSED: only a privileged process may.
 */
enum { LIMIT_ENOUGH, LIMIT_RAISED, LIMIT_REFUSED };
_must_check_ int limits_least(int resource, rlim_t least, struct rlimit *l);
