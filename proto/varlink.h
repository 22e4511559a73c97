/* SPDX-License-Identifier: MIT */
/*
 * varlink.h - calls and replies of the control protocol, and how they look as bytes.
 *
 * A message is one JSON object followed by a NUL. Whatever comes from the other side is
 * checked, never asserted. Pure: bytes in, bytes out.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"

enum {
	VARLINK_MESSAGE_MAX = 1 << 20, /* of a call, without its NUL */
	VARLINK_REPLY_MAX = 256 << 20, /* what a client puts up with */
	VARLINK_DEPTH_MAX = 16,
};

#define CONTROL_INTERFACE "io.reeve.control"
#define SERVICE_INTERFACE "org.varlink.service"

/* --- messages out of a stream of bytes --------------------------------------------------- */

/* All zero is an empty stream. */
struct varlink_stream {
	struct buf in;
	size_t start; /* of the first message that was not taken */
	size_t seen; /* no NUL between start and here */
	uint64_t taken; /* bytes of all messages taken, their NULs included */
};

enum { VARLINK_OK, VARLINK_PARTIAL, VARLINK_TOO_LONG, VARLINK_BAD };

/*
 * Take the next whole message of at most @max bytes, without its NUL; it is borrowed until the
 * next call on @s. VARLINK_OK, VARLINK_PARTIAL (more bytes are needed), VARLINK_TOO_LONG.
 */
_must_check_ int varlink_take(struct varlink_stream *s, size_t max, const char **ret,
			      size_t *ret_len);

/* Whether a whole message waits; how many bytes wait. */
bool varlink_whole(struct varlink_stream *s);
size_t varlink_waiting(const struct varlink_stream *s);

void varlink_stream_done(struct varlink_stream *s);

/* --- calls and replies ------------------------------------------------------------------- */

struct varlink_call {
	json_t *root; /* owns all of it */
	const char *interface; /* "io.reeve.control" */
	const char *method; /* "Status" */
	json_t *parameters; /* always an object; borrowed */
	bool more, oneway;
	char *name; /* holds what interface and method point to */
};

struct varlink_reply {
	json_t *root;
	const char *error; /* qualified name; NULL: none */
	json_t *parameters; /* always an object; borrowed */
	bool continues;
};

/* VARLINK_OK, VARLINK_BAD (not a message of the protocol) or -ENOMEM; *@ret is all zero then.
 */
_must_check_ int varlink_parse_call(const char *data, size_t len, struct varlink_call *ret);
_must_check_ int varlink_parse_reply(const char *data, size_t len, struct varlink_reply *ret);

/* Nothing of all zero is freed. */
void varlink_call_done(struct varlink_call *c);
void varlink_reply_done(struct varlink_reply *r);

/*
 * Append a message and its NUL. @parameters are stolen in any case; NULL is taken for a lack of
 * memory where they were made (json_pack() gives it): pass json_object() for none. 0 or
 * -ENOMEM; @out is unchanged then.
 */
_must_check_ int varlink_put_call(struct buf *out, const char *method, json_t *parameters,
				  bool more);
_must_check_ int varlink_put_reply(struct buf *out, json_t *parameters, bool continues);
_must_check_ int varlink_put_error(struct buf *out, const char *error, json_t *parameters);

/*
 * A JSON string of what may be any bytes: those that are not UTF-8 become U+FFFD. Use it for
 * all that comes from outside: json_string() gives NULL for them. NULL stands for "". NULL
 * without memory.
 */
json_t *varlink_string(const char *s);

/* --- descriptions ------------------------------------------------------------------------ */

/* The text of an interface that the manager serves, or NULL. */
const char *interface_text(const char *interface);
