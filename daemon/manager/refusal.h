/* SPDX-License-Identifier: MIT */
/*
 * refusal.h - the answers that many commands have in common.
 */
#pragma once

#include "daemon/manager/manager.h"

/* True, and the client is told, if the daemon is on its way down. */
bool refusal_down(struct manager *m, const struct request *rq);

/* The request cannot be served for lack of memory. */
void refusal_no_memory(struct manager *m, const struct request *rq);
