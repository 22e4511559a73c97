/* SPDX-License-Identifier: MIT */
/*
 * server_harness.h - a control server, its owner and its clients in one process.
 *
 * Long, because a test program is one source and several share this.
 *
 * Time is a variable. A turn() never waits: what a client has sent is there when its call of
 * send() has returned.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/manager/server.h"
#include "harness.h"

enum { HELD_MAX = 64, TURNS = 8 };

static struct loop *loop;
static struct server *server;
static int listening;
static mono_t now;
static enum command_right peer_right;

/* What the owner was asked and told. */
static struct request held[HELD_MAX];
static size_t n_held;
static uint64_t gone[HELD_MAX];
static size_t n_gone;
static bool answers; /* at once, else the test does */
static size_t padding; /* bytes of each such answer */
static size_t asked;

static inline void drop_fds(struct request *rq)
{
	for (unsigned i = 0; i < COMMAND_FDS; i++)
		rq->fds[i] = fd_close(rq->fds[i]);
}

static inline void on_request(void *owner, struct request *rq)
{
	(void)owner;
	asked++;
	ck_assert_uint_lt(n_held, HELD_MAX);
	held[n_held] = *rq;
	for (unsigned i = 0; i < COMMAND_FDS; i++)
		held[n_held].fds[i] = TAKE_FD(rq->fds[i]);
	json_incref(held[n_held].parameters);
	if (answers) {
		char *text = malloc(padding + 1);

		memset(text, 'x', padding);
		text[padding] = '\0';
		ck_assert_int_eq(server_reply(server, rq->conn, rq->serial,
					      json_pack("{s:s}", "text", text), false),
				 0);
		free(text);
		json_decref(held[n_held].parameters);
		drop_fds(&held[n_held]);
		return;
	}
	n_held++;
}

static inline void on_gone(void *owner, uint64_t conn)
{
	(void)owner;
	ck_assert_uint_lt(n_gone, HELD_MAX);
	gone[n_gone++] = conn;
}

static inline enum command_right right_of(void *owner, const struct peer *peer)
{
	(void)owner;
	ck_assert_uint_eq(peer->uid, getuid());
	ck_assert_int_eq(peer->pid, getpid());
	return peer_right;
}

static const struct server_ops ops = { on_request, on_gone, right_of };

/* An abstract address: nothing to clean up. */
static inline socklen_t address(struct sockaddr_un *a)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			   (size_t)snprintf(a->sun_path + 1, sizeof a->sun_path - 1,
					    "reeve-test-%d", getpid()));
}

static inline void serve_with(const struct server_limits *limits)
{
	ck_assert_int_eq(server_new(loop, listening, &ops, NULL, limits, &server), 0);
	server_tick(server, now);
}

static inline void setup(void)
{
	const struct server_limits limits = SERVER_LIMITS;
	struct sockaddr_un a;
	const socklen_t len = address(&a);

	fds_note();
	listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listening, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(listen(listening, 4096), 0);
	ck_assert_int_eq(loop_new(&loop), 0);
	now = (mono_t){ 1000 };
	peer_right = RIGHT_ADMINISTER;
	answers = false;
	padding = 0;
	serve_with(&limits);
}

static inline void teardown(void)
{
	for (size_t i = 0; i < n_held; i++) {
		json_decref(held[i].parameters);
		drop_fds(&held[i]);
	}
	server = server_free(server);
	loop = loop_free(loop);
	close(listening);
	fds_check();
}

static inline void turn(void)
{
	for (int i = 0; i < TURNS; i++) {
		loop_wake_at(loop, (mono_t){ 0 });
		loop_turn(loop);
		server_tick(server, now);
	}
}

static inline void pass(msec_t span)
{
	now = mono_add(now, span);
	turn();
}

static inline int client(void)
{
	struct sockaddr_un a;
	const socklen_t len = address(&a);
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, len), 0);
	return fd;
}

/* Send @n bytes, with descriptors if there are any. */
static inline void say_n(int fd, const void *data, size_t n, const int *fds, size_t n_fds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n_fds) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), fds, n_fds * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(fd, &m, MSG_NOSIGNAL), (ssize_t)n);
}

/* One message, its NUL included. */
static inline void say(int fd, const char *text)
{
	say_n(fd, text, strlen(text) + 1, NULL, 0);
}

static inline void call(int fd, const char *method, const char *parameters)
{
	char text[4096];

	snprintf(text, sizeof text, "{\"method\":\"%s\",\"parameters\":%s}", method,
		 parameters);
	say(fd, text);
}

#define STATUS CONTROL_INTERFACE ".Status"
#define START  CONTROL_INTERFACE ".Start"
#define TAIL   CONTROL_INTERFACE ".Tail"
#define RUN    CONTROL_INTERFACE ".Run"

/* What the client can read now, up to @size - 1 bytes, NULs shown as '|'. */
static inline const char *heard(int fd)
{
	static char text[64 << 10];
	ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN ? "(nothing)" : "(broken)";
	if (n == 0)
		return "(end)";
	for (ssize_t i = 0; i < n; i++)
		if (!text[i])
			text[i] = '|';
	text[n] = '\0';
	return text;
}

static inline void reply(size_t i, const char *text)
{
	ck_assert_int_eq(server_reply(server, held[i].conn, held[i].serial,
				      json_pack("{s:s}", "text", text), false),
			 0);
}

/* The good client: what it asks is answered now. */
static inline void expect_answer(int fd)
{
	answers = true;
	call(fd, STATUS, "{}");
	turn();
	ck_assert_str_eq(heard(fd), "{\"parameters\":{\"text\":\"\"}}|");
	answers = false;
}
