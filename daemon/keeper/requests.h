/* SPDX-License-Identifier: MIT */
/*
 * requests.h - signals to the daemon, for the manager to act on.
 *
 * A manager may die with a request unread. Hence each is followed by a PING, and is kept until
 * that is answered; one for the end of the daemon is kept until then, for it is never taken
 * back.
 */
#pragma once

#include "daemon/keeper/keeper.h"

void requests_add(struct keeper *k, int signo);

/* Send what the present manager was not sent. */
void requests_send(struct keeper *k);

/* There is a new manager: nothing was sent to it. */
void requests_unsent(struct keeper *k);

/* The manager has read everything up to the PING @serial. */
void requests_answered(struct keeper *k, uint32_t serial);

/* Whether the daemon is to end. */
bool requests_end(const struct keeper *k);
