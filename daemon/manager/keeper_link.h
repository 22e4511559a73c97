/* SPDX-License-Identifier: MIT */
/*
 * keeper_link.h - what keeper and logger say becomes events.
 */
#pragma once

#include "daemon/manager/manager.h"

/* Open both links; they are found at LINK_KEEPER_FD and LINK_PEER_FD. 0 or -errno. */
_must_check_ int keeper_link_open(struct manager *m);
