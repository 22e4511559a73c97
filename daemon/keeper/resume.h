/* SPDX-License-Identifier: MIT */
/*
 * resume.h - a keeper after one that was killed: everything it had comes back from systemd.
 */
#pragma once

#include "daemon/keeper/keeper.h"

/*
 * Take what systemd hands over; a socket of a unit of its own is a deposit of the manager's,
 * "activated". 0: there is nothing to go on from, or we do; or -errno: there
 * is, and we cannot, which was said.
 */
_must_check_ int resume(struct keeper *k);
