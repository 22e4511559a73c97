/* SPDX-License-Identifier: MIT */
/*
 * starter.h - one incarnation of a process, asked for from the keeper.
 */
#pragma once

#include "daemon/manager/manager.h"

/*
 * Start incarnation @gen, which the ledger has by now. What was changed for @u in the file
 * holds from now on. If there is nothing that could be asked for, its failure is posted.
 */
void starter_spawn(struct manager *m, struct unit *u, proc_gen gen);
