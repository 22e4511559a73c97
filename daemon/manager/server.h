/* SPDX-License-Identifier: MIT */
/*
 * server.h - the control socket: connections, requests in, replies out.
 *
 * Knows the protocol and the table of commands, and nothing of what they do. Unknown methods,
 * wrong parameters, missing rights and org.varlink.service are answered here; all else goes to
 * the owner. Connections are named by ids that are never reused, so that a reply for a client
 * that left finds nobody. Nothing of this module calls back into the owner but server_tick().
 *
 * A turn of the owner is
 *	loop_turn(loop); …what may reply…; server_tick(server, now);
 * and the next one comes at server_due() at the latest.
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
	int fds[COMMAND_FDS]; /* or -1; take one with TAKE_FD, or it is closed after the call */
	unsigned n_fds;
};

struct server_ops {
	/* A request to be answered, now or later, by server_reply() or server_error(): with any
	 * number of continuing replies if it says more, then with one that does not continue.
	 * The next request of this connection comes only after that. */
	void (*request)(void *owner, struct request *rq);
	/* The connection ended while its request was not answered: drop what waits for it. */
	void (*gone)(void *owner, uint64_t conn);
	/* What a peer may do. RIGHT_NONE: it is turned away. */
	enum command_right (*right)(void *owner, const struct peer *peer); /* pure */
};

struct server_limits {
	size_t conns; /* at a time; an idle one of no higher right makes room for a new one */
	size_t message; /* bytes of a request */
	size_t message_look; /* of a request by those who may only look */
	size_t queue; /* bytes of replies that may wait when another is added; for all who may
			 only look together */
	msec_t patience; /* for the rest of a request, and for a reader that reads nothing */
};

#define SERVER_LIMITS                                                                          \
	{                                                                                      \
		.conns = 256, .message = VARLINK_MESSAGE_MAX, .message_look = 64 << 10,        \
		.queue = 4 << 20, .patience = 30 * 1000                                        \
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

/* Bytes of replies that a client has not taken; 0 if it is gone. */
size_t server_unsent(const struct server *s, uint64_t conn);

/* Send what was gathered, hand out requests, send what came of them, end what took too long.
 * The owner is called back in here only; it must not free the server then. */
void server_tick(struct server *s, mono_t now);

/* When the next server_tick() is due: a point in the past if there is something to do at once,
 * MONO_NEVER if nothing is pending. */
mono_t server_due(const struct server *s);

/* Connections there are. */
size_t server_count(const struct server *s);
