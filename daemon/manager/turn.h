/* SPDX-License-Identifier: MIT */
/*
 * turn.h - the one way through: events that were posted go into the machine, what it asks for
 * goes out to keeper, logger, ledger and waiting clients.
 *
 * Nothing calls back into the machine, and nothing in it calls out; what comes of an effect is
 * the next event.
 */
#pragma once

#include "daemon/manager/manager.h"

/* Step all that is posted and all that is due; end of a turn of the loop. */
void turn(struct manager *m);
