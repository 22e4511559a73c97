/* SPDX-License-Identifier: MIT */
/*
 * wire_client.h - a client of the control socket that says what a test wants it to say.
 */
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include "tests/integration/capture.h"

struct client {
	int fd;
	struct buf in;
};

/* Until there is somebody: a manager may just be on its way. */
static inline struct client client_of(const struct instance *of)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct client c = { .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) };

	snprintf(at.sun_path, sizeof at.sun_path, "%.90s/reeve.sock", of->dir);
	ck_assert_int_eq(connect(c.fd, (struct sockaddr *)&at, sizeof at), 0);
	return c;
}

static inline void client_done(struct client *c)
{
	c->fd = fd_close(c->fd);
	buf_done(&c->in);
}

/* Call io.reeve.control.METHOD; @n descriptors go with it. */
static inline void client_call(struct client *c, const char *method, const char *parameters,
			       bool more, const int *fds, size_t n)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(3 * sizeof(int))] = { 0 };
	char text[4096];
	const int len = snprintf(text, sizeof text,
				 "{\"method\":\"io.reeve.control.%s\",\"parameters\":%s%s}",
				 method, parameters, more ? ",\"more\":true" : "");
	struct iovec iov = { text, (size_t)len + 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), fds, n * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(c->fd, &m, MSG_NOSIGNAL), len + 1);
}

/* The next message; free with json_decref. NULL: the other side has hung up. */
static inline json_t *client_hear(struct client *c)
{
	json_t *o;
	char *end;

	while (!c->in.len || !(end = memchr(c->in.data, '\0', c->in.len))) {
		char data[8192];
		const ssize_t n = recv(c->fd, data, sizeof data, 0);

		if (n <= 0)
			return NULL;
		ck_assert_int_eq(buf_append(&c->in, data, (size_t)n), 0);
	}
	o = json_loads(c->in.data, 0, NULL);
	ck_assert_ptr_nonnull(o);
	buf_drop(&c->in, (size_t)(end - c->in.data) + 1);
	return o;
}

/* Call, and give the reply as text, its members sorted; valid until the next call. */
static inline const char *client_ask(struct client *c, const char *method,
				     const char *parameters)
{
	static char text[8192];
	json_t *reply;
	char *dump;

	client_call(c, method, parameters, false, NULL, 0);
	reply = client_hear(c);
	ck_assert_ptr_nonnull(reply);
	dump = json_dumps(reply, JSON_COMPACT | JSON_SORT_KEYS);
	snprintf(text, sizeof text, "%s", dump);
	free(dump);
	json_decref(reply);
	return text;
}
