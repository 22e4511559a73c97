/* SPDX-License-Identifier: MIT */
#include "ctl/client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

enum { PIECE = 64 << 10 };

struct client {
	int fd;
	msec_t patience; /* to connect and to send */
	struct varlink_stream in;
};

/* connect() waits while the server has no time to accept: as long as sending may take. */
static int set_patience(int fd, msec_t patience)
{
	const struct timeval t = { .tv_sec = patience / 1000,
				   .tv_usec = (patience % 1000) * 1000 };

	if (patience < 0)
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t) < 0 ? -errno : 0;
}

int client_new(const char *path, msec_t patience, struct client **ret)
{
	_cleanup_(client_freep) struct client *c = calloc(1, sizeof *c);
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int r;

	if (!c)
		return -ENOMEM;
	c->fd = -1;
	c->patience = patience;
	if (strlen(path) >= sizeof at.sun_path)
		return -ENAMETOOLONG;
	memcpy(at.sun_path, path, strlen(path));
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -errno;
	r = set_patience(c->fd, patience);
	if (r < 0)
		return r;
	if (connect(c->fd, (struct sockaddr *)&at, sizeof at) < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	*ret = TAKE_PTR(c);
	return 0;
}

struct client *client_free(struct client *c)
{
	if (!c)
		return NULL;
	varlink_stream_done(&c->in);
	fd_close(c->fd);
	free(c);
	return NULL;
}

/* Send a piece, the first one with the descriptor. */
static ssize_t send_piece(struct client *c, const char *data, size_t len, int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fd)] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		m.msg_control = control;
		m.msg_controllen = sizeof control;
		*CMSG_FIRSTHDR(&m) = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
						       .cmsg_type = SCM_RIGHTS,
						       .cmsg_len = CMSG_LEN(sizeof fd) };
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, sizeof fd);
	}
	return sendmsg(c->fd, &m, MSG_NOSIGNAL);
}

static int send_all(struct client *c, const char *data, size_t len, int fd)
{
	while (len) {
		const ssize_t n = send_piece(c, data, len, fd);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return 0; /* it may have said why: see client_reply() */
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		data += n;
		len -= (size_t)n;
		fd = -1;
	}
	return 0;
}

int client_call(struct client *c, const char *method, json_t *parameters, bool more, int fd)
{
	_cleanup_(buf_done) struct buf out = BUF_INIT;
	int r = varlink_put_call(&out, method, parameters, more);

	return r < 0 ? r : send_all(c, out.data, out.len, fd);
}

static int64_t clock_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* Wait until there is something to read, or @until. 0, -ETIMEDOUT or -errno. */
static int wait_readable(const struct client *c, msec_t patience, int64_t until)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int n;

	do {
		const int64_t left = until - clock_ms();

		n = poll(&p, 1, patience < 0 ? -1 : left < 0 ? 0 : (int)left);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n == 0 ? -ETIMEDOUT : 0;
}

static int receive(struct client *c)
{
	ssize_t n;
	int r = buf_reserve(&c->in.in, PIECE);

	if (r < 0)
		return r;
	n = recv(c->fd, c->in.in.data + c->in.in.len, PIECE, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return -EPIPE;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	c->in.in.len += (size_t)n;
	c->in.in.data[c->in.in.len] = '\0';
	return 0;
}

int client_reply(struct client *c, msec_t patience, struct varlink_reply *ret)
{
	const int64_t until = patience < 0 ? 0 : clock_ms() + patience;
	const char *data;
	size_t len;
	int r;

	while ((r = varlink_take(&c->in, VARLINK_REPLY_MAX, &data, &len)) == VARLINK_PARTIAL) {
		r = wait_readable(c, patience, until);
		if (r == 0)
			r = receive(c);
		if (r < 0)
			return r;
	}
	if (r != VARLINK_OK)
		return -EBADMSG;
	r = varlink_parse_reply(data, len, ret);
	return r == VARLINK_BAD ? -EBADMSG : r;
}

int client_fd(const struct client *c)
{
	return c->fd;
}
