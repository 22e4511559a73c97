/* SPDX-License-Identifier: MIT */
/*
 * server.h - the control socket: connections, requests in, replies out.
 *
 * Knows the protocol and the table of commands, and nothing of what they do. Unknown methods,
 * wrong parameters, missing rights and org.varlink.service are answered here; all else goes to
 * the owner. Connections are named by ids that are never reused, so that a reply for a client
 * that left finds nobody. No call of this module calls back into the owner but loop_turn() and
 * server_tick().
 *
 * The owner's main loop calls server_tick() at the end of each turn, after all that may reply,
 * and wakes up at server_due().
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "daemon/sys/loop.h"
#include "proto/commands.h"
#include "proto/varlink.h"

struct server; /* opaque */

/* As the kernel saw the peer when it connected. */
struct peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

struct request {
	uint64_t conn; /* never 0 */
	uint64_t serial; /* of the request on this connection */
	enum command_id command;
	json_t *parameters; /* an object checked with command_check(); borrowed for the call */
	bool more; /* several replies are welcome */
	enum command_right right; /* of the peer: at least the command's */
	struct peer peer;
	int fd; /* or -1; take it with TAKE_FD, or it is closed after the call */
};

struct server_ops {
	/* A request to be answered, now or later, by server_reply() or server_error(): with any
	 * number of continuing replies if it says more, then with one that does not continue.
	 * The next request of this connection comes only after that. */
	void (*request)(void *owner, struct request *rq);
	/* The connection is no more; drop what waits for it. Only for those that made a request
	 * that reached the owner. */
	void (*gone)(void *owner, uint64_t conn);
	/* What a peer may do. RIGHT_NONE: it is turned away. */
	enum command_right (*right)(void *owner, const struct peer *peer);
};

struct server_limits {
	size_t conns; /* at a time; the oldest idle one makes room for a new one */
	size_t message; /* bytes of a request */
	size_t queue; /* bytes of replies that may wait when another is added */
	msec_t patience; /* for the rest of a request, and for a reader that reads nothing */
};

#define SERVER_LIMITS                                                                          \
	{                                                                                      \
		.conns = 256, .message = VARLINK_MESSAGE_MAX, .queue = 4 << 20,                \
		.patience = 30 * 1000                                                          \
	}

/*
 * Serve what connects to @listen_fd, a listening UNIX stream socket, which is borrowed and made
 * non-blocking. @ops and @limits are copied. 0 or -errno.
 */
_must_check_ int server_new(struct loop *l, int listen_fd, const struct server_ops *ops,
			    void *owner, const struct server_limits *limits,
			    struct server **ret);

/* Close all connections, without calling back. What is queued gets one last try to leave.
 * NULL is fine. Returns NULL. */
struct server *server_free(struct server *s);
static inline void server_freep(struct server **s)
{
	*s = server_free(*s);
}

/*
 * Answer a request. @parameters are stolen in any case; NULL is taken for a lack of memory
 * where they were made, and ends the connection. 0, also if nobody is there any more; -EINVAL:
 * the request did not ask for more, or is answered already (nothing is sent); -ENOMEM (its
 * connection ends, so that nobody waits for ever).
 */
int server_reply(struct server *s, uint64_t conn, uint64_t serial, json_t *parameters,
		 bool continues);

/* The same with an error of io.reeve.control, or with a qualified name. */
int server_error(struct server *s, uint64_t conn, uint64_t serial, const char *error,
		 json_t *parameters);

/* Whether the request still waits for its last reply. */
bool server_waits(const struct server *s, uint64_t conn, uint64_t serial);

/* When server_tick() must be called; MONO_NEVER if nothing is pending. */
mono_t server_due(const struct server *s);

/* Send what was gathered, hand out the next requests, end what took too long. */
void server_tick(struct server *s, mono_t now);

/* Connections there are. */
size_t server_count(const struct server *s);
