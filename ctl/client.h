/* SPDX-License-Identifier: MIT */
/*
 * client.h - one call at a time over the control socket; waits, as long as it is told to.
 */
#pragma once

#include "base/mono.h"
#include "proto/varlink.h"

struct client; /* opaque */

/* As long as it takes. */
#define PATIENCE_ENDLESS ((msec_t)-1)

/* Connect to the socket at @path. 0, or -errno: -ENOENT, -ECONNREFUSED, -EACCES; -ETIMEDOUT
 * after @patience. */
_must_check_ int client_new(const char *path, msec_t patience, struct client **ret);

/* NULL is fine. Returns NULL. */
struct client *client_free(struct client *c);
static inline void client_freep(struct client **c)
{
	*c = client_free(*c);
}

/*
 * Send a call, and descriptors with it, which stay the caller's. @parameters are stolen. 0 or
 * -errno; -E2BIG: the server takes no call as long as that. A server that hung up is no error
 * here: its last words may wait to be read.
 */
_must_check_ int client_call(struct client *c, const char *method, json_t *parameters,
			     bool more, const int *fds, unsigned n_fds);

/*
 * The next reply; free it with varlink_reply_done(). 0, or -errno: -ETIMEDOUT, -EPIPE (the
 * server hung up), -EBADMSG (what it says is no reply).
 */
_must_check_ int client_reply(struct client *c, msec_t patience, struct varlink_reply *ret);

/* For poll(2): readable when there is something of a reply. */
int client_fd(const struct client *c);
