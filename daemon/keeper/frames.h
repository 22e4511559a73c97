/* SPDX-License-Identifier: MIT */
/*
 * frames.h - what the manager and the logger ask of the keeper, and who does it.
 */
#pragma once

#include "daemon/keeper/keeper.h"

/* Both are channel_fn; the owner is the keeper. */
void frames_of_manager(struct channel *c, void *keeper, const struct link_msg *m, int *fds);
void frames_of_logger(struct channel *c, void *keeper, const struct link_msg *m, int *fds);
