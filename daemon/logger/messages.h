/* SPDX-License-Identifier: MIT */
/*
 * messages.h - what keeper and manager say to the logger, and what it says to the manager.
 */
#pragma once

#include "daemon/logger/logger_impl.h"
#include "daemon/sys/channel.h"

/* Callbacks of the two links; the owner is the logger. */
void on_keeper(struct channel *c, void *owner, const struct link_msg *m, int *fd);
void on_manager(struct channel *c, void *owner, const struct link_msg *m, int *fd);

/* The answer to a request of the manager. */
void messages_answer(void *owner, uint32_t token, int error);
