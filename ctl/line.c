/* SPDX-License-Identifier: MIT */
#include "ctl/line.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

enum { PIECE = 64 << 10 };

/* connect() waits while the server has no time to accept: as long as sending may take. */
static int set_patience(int fd, msec_t patience)
{
	const struct timeval t = { .tv_sec = patience / 1000,
				   .tv_usec = (patience % 1000) * 1000 };

	if (patience < 0)
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t) < 0 ? -errno : 0;
}

int line_open(struct line *l, const char *path, msec_t patience)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	_cleanup_(closep) int fd = -1;
	int r;

	if (strlen(path) >= sizeof at.sun_path)
		return -ENAMETOOLONG;
	memcpy(at.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = set_patience(fd, patience);
	if (r < 0)
		return r;
	if (connect(fd, (struct sockaddr *)&at, sizeof at) < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	*l = (struct line){ .fd = TAKE_FD(fd) };
	return 0;
}

void line_close(struct line *l)
{
	varlink_stream_done(&l->in);
	buf_done(&l->out);
	fd_close(l->fd);
	*l = (struct line)LINE_CLOSED;
}

bool line_idle(const struct line *l)
{
	return l->sent == l->out.len;
}

/* Send a piece, the first one with the descriptors. */
static ssize_t send_piece(struct line *l)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof l->fds)] = { 0 };
	struct iovec iov = { l->out.data + l->sent, l->out.len - l->sent };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	const size_t bytes = l->n_fds * sizeof *l->fds;

	if (bytes && !l->sent) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(bytes);
		*CMSG_FIRSTHDR(&m) = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
						       .cmsg_type = SCM_RIGHTS,
						       .cmsg_len = CMSG_LEN(bytes) };
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), l->fds, bytes);
	}
	return sendmsg(l->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int line_send(struct line *l)
{
	while (!line_idle(l)) {
		const ssize_t n = send_piece(l);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0 && errno != EPIPE && errno != ECONNRESET)
			return -errno;
		l->sent += n < 0 ? l->out.len - l->sent : (size_t)n;
	}
	return 0;
}

int line_call(struct line *l, const char *method, json_t *parameters, bool more, const int *fds,
	      unsigned n_fds)
{
	int r;

	buf_clear(&l->out);
	l->sent = 0;
	l->n_fds = n_fds;
	for (unsigned i = 0; i < n_fds; i++)
		l->fds[i] = fds[i];
	r = varlink_put_call(&l->out, method, parameters, more);
	if (r == 0 && l->out.len > VARLINK_MESSAGE_MAX) {
		buf_clear(&l->out);
		return -E2BIG;
	}
	return r < 0 ? r : line_send(l);
}

int line_receive(struct line *l)
{
	ssize_t n;
	int r = buf_reserve(&l->in.in, PIECE);

	if (r < 0)
		return r;
	n = recv(l->fd, l->in.in.data + l->in.in.len, PIECE, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return -EPIPE;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	l->in.in.len += (size_t)n;
	l->in.in.data[l->in.in.len] = '\0';
	return 0;
}

int line_reply(struct line *l, struct varlink_reply *ret)
{
	const char *data;
	size_t len;
	int r = varlink_take(&l->in, VARLINK_REPLY_MAX, &data, &len);

	if (r == VARLINK_PARTIAL)
		return LINE_NOTHING;
	if (r != VARLINK_OK)
		return -EBADMSG;
	r = varlink_parse_reply(data, len, ret);
	return r == VARLINK_BAD ? -EBADMSG : r < 0 ? r : LINE_REPLY;
}

short line_events(const struct line *l)
{
	return (short)(POLLIN | (line_idle(l) ? 0 : POLLOUT));
}
