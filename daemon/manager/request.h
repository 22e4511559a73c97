/* SPDX-License-Identifier: MIT */
/*
 * request.h - from the messages of a connection to requests of the owner, and back to replies.
 *
 * The part of the control server that knows the protocol. Nothing here adds or frees a
 * connection; one that has to end is marked.
 */
#pragma once

#include "daemon/manager/conn.h"

/* Hand out what waits, one request after the other; some of it, so that others have their turn.
 */
void request_serve(struct conn *c);

/* Whether it is time to serve another request, if a whole one waits. */
bool request_welcome(const struct conn *c);

/* One reply, or an error (qualified, or of our own interface), for the request that @c is busy
 * with. @parameters are stolen. 0 or -ENOMEM: the connection is marked dead. */
int request_reply(struct conn *c, json_t *parameters, bool continues);
int request_error(struct conn *c, const char *error, json_t *parameters);
