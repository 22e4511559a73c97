/* SPDX-License-Identifier: MIT */
/*
 * greet.h - what a new manager and a new logger are told first: everything.
 */
#pragma once

#include "daemon/keeper/keeper.h"

void greet_manager(struct keeper *k);
void greet_logger(struct keeper *k);
