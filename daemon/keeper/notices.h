/* SPDX-License-Identifier: MIT */
/*
 * notices.h - what programs say of themselves by sd_notify(3): a socket for each that is to,
 * kept over its restarts. Only what a member of the program says counts.
 */
#pragma once

#include "daemon/keeper/keeper.h"
#include "daemon/sys/notice.h"

/* "NOTIFY_SOCKET=…" for the next incarnation of @s in @ret; the socket is made if there is
 * none. 0 or -errno. */
enum { NOTICES_ENTRY = 64 };
_must_check_ int notices_entry(struct keeper *k, struct slot *s, char ret[NOTICES_ENTRY]);

/* There are messages: pollset_fn. */
void notices_on_message(void *keeper, uint64_t id, bool ended);

/* The next incarnation has said nothing yet. */
void notices_reset(struct slot *s);

/* It is known to have said that it is ready. */
void notices_was_ready(struct slot *s);

/* What was said so far and still holds, for a new manager. */
void notices_tell(struct keeper *k);

/* The socket that another keeper had. */
void notices_found(struct keeper *k, struct slot *s, int *fd, struct stored *stored);
