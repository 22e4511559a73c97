/* SPDX-License-Identifier: MIT */
/*
 * Descriptors come with the first byte of what their sender wrote in one call, and the kernel
 * ends a read there (unix(7)): they belong to the message that holds the last byte of that
 * read. Reading stops while a whole message waits, so that never those of more than two
 * messages are held, and a peer that sends without end fills its own socket and nothing else.
 * Who may only look has no use for any: the kernel itself closes what comes from there.
 */
#include "daemon/manager/conn.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum {
	READ_PIECE = 16 << 10,
	KEEP = 32 << 10, /* memory that an idle connection may keep, for each direction */
};

int conn_new(struct service *s, struct loop *l, int fd, watch_fn *fn, struct conn **ret)
{
	struct conn *c = calloc(1, sizeof *c);
	int r;

	if (!c) {
		fd_close(fd);
		return -ENOMEM;
	}
	c->service = s;
	c->fd = fd;
	c->ask_due = c->read_due = MONO_NEVER;
	list_init(&c->link);
	r = loop_watch(l, fd, 0, fn, c, &c->watch);
	if (r < 0) {
		conn_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

struct conn *conn_free(struct conn *c)
{
	if (!c)
		return NULL;
	list_unlink(&c->link);
	watch_drop(c->watch);
	for (unsigned i = 0; i < c->n_fds; i++)
		conn_fds_done(&c->fds[i]);
	varlink_stream_done(&c->in);
	buf_done(&c->out);
	fd_close(c->fd);
	free(c);
	return NULL;
}

/* Whether bytes @from and @to, counted since the beginning, are of one message. Both are still
 * in the buffer. */
static bool same_message(const struct conn *c, uint64_t from, uint64_t to)
{
	const uint64_t first = c->received - c->in.in.len;

	return !memchr(c->in.in.data + (from - first), '\0', to - from);
}

/* Those of the message with byte @at, or NULL: there is no room for another message. */
static struct conn_fds *fds_of(struct conn *c, uint64_t at)
{
	struct conn_fds *last = c->n_fds ? &c->fds[c->n_fds - 1] : NULL;

	if (last && same_message(c, last->at, at))
		return last;
	if (c->n_fds == ARRAY_SIZE(c->fds))
		return NULL;
	c->fds[c->n_fds] = (struct conn_fds){ .at = at };
	return &c->fds[c->n_fds++];
}

/* Keep the first descriptors of a message, close the others. */
static void keep_fd(struct conn_fds *f, int fd)
{
	if (f && f->n < COMMAND_FDS)
		f->v[f->n++] = fd;
	else
		fd_close(fd);
}

static void keep_fds(struct conn *c, struct msghdr *msg)
{
	for (struct cmsghdr *m = CMSG_FIRSTHDR(msg); m; m = CMSG_NXTHDR(msg, m)) {
		const size_t n = (m->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		struct conn_fds *f;

		if (m->cmsg_level != SOL_SOCKET || m->cmsg_type != SCM_RIGHTS || !n)
			continue;
		f = fds_of(c, c->received - 1);
		if (f) /* the place moves on, so that no byte is looked at twice */
			f->at = c->received - 1;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(m) + i * sizeof fd, sizeof fd);
			keep_fd(f, fd);
		}
	}
}

void conn_fds_done(struct conn_fds *f)
{
	while (f->n)
		fd_close(f->v[--f->n]);
}

/* Whether the peer has closed its end, and not only said that it sends no more. */
static bool has_left(const struct conn *c)
{
	struct pollfd p = { .fd = c->fd };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR));
}

void conn_receive(struct conn *c)
{
	/* The kernel closes those beyond. */
	_Alignas(struct cmsghdr) char control[CMSG_LEN(COMMAND_FDS * sizeof(int))];
	struct iovec iov;
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = c->right > RIGHT_LOOK ? sizeof control : 0 };
	ssize_t n;

	if (buf_reserve(&c->in.in, READ_PIECE) < 0) {
		c->dead = true;
		return;
	}
	iov = (struct iovec){ c->in.in.data + c->in.in.len, READ_PIECE };
	n = recvmsg(c->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0) {
		c->dead = errno != EAGAIN && errno != EINTR;
		return;
	}
	if (n == 0) {
		c->ended = true;
		c->dead = has_left(c);
		return;
	}
	c->in.in.len += (size_t)n;
	c->in.in.data[c->in.in.len] = '\0';
	c->received += (uint64_t)n;
	keep_fds(c, &msg);
}

int conn_take(struct conn *c, size_t max, const char **ret, size_t *ret_len,
	      struct conn_fds *ret_fds)
{
	const int r = varlink_take(&c->in, max, ret, ret_len);

	ret_fds->n = 0;
	if (r != VARLINK_OK || !c->n_fds || c->fds[0].at >= c->in.taken)
		return r;
	*ret_fds = c->fds[0];
	c->fds[0] = c->fds[1];
	c->n_fds--;
	return r;
}

size_t conn_unsent(const struct conn *c)
{
	return c->out.len - c->sent;
}

/* What was sent is forgotten when it has become the greater part: the rest moves seldom. */
static void forget_sent(struct conn *c)
{
	if (!conn_unsent(c)) {
		buf_clear(&c->out);
		c->sent = 0;
	}
	if (c->sent > c->out.len / 2) {
		buf_drop(&c->out, c->sent);
		c->sent = 0;
	}
}

void conn_send(struct conn *c, mono_t due)
{
	c->told = false;
	while (conn_unsent(c) && !c->dead) {
		const ssize_t n = send(c->fd, c->out.data + c->sent, conn_unsent(c),
				       MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			c->dead = true;
			return;
		}
		c->sent += (size_t)n;
		c->read_due = due;
	}
	if (!conn_unsent(c))
		c->read_due = MONO_NEVER;
	else if (mono_is_never(c->read_due))
		c->read_due = due;
	forget_sent(c);
}

static void shrink(struct conn *c)
{
	if (!conn_unsent(c) && c->out.cap > KEEP)
		buf_done(&c->out);
	if (!varlink_waiting(&c->in) && c->in.in.cap > KEEP) {
		buf_done(&c->in.in);
		c->in.start = c->in.seen = 0;
	}
}

/* A request must be whole in time; while another is served its time does not run. */
static void settle_asking(struct conn *c, mono_t due)
{
	const bool partial = !c->whole && !c->busy && !c->closing && varlink_waiting(&c->in);

	if (!partial)
		c->ask_due = MONO_NEVER;
	else if (mono_is_never(c->ask_due) || c->partial != c->in.taken)
		c->ask_due = due;
	c->partial = c->in.taken;
}

static bool is_done(const struct conn *c)
{
	return (c->ended || c->closing) && !c->busy && !c->whole && !conn_unsent(c);
}

void conn_abandon(struct conn *c)
{
	buf_done(&c->out);
	c->sent = 0;
	c->dead = true;
}

void conn_settle(struct conn *c, mono_t now)
{
	bool reads;

	c->whole = !c->closing && varlink_whole(&c->in);
	reads = !c->ended && !c->closing && !c->whole;
	if (!mono_before(now, conn_due(c)) || is_done(c))
		c->dead = true;
	if (c->dead) {
		watch_set(c->watch, 0);
		return;
	}
	settle_asking(c, mono_add(now, c->service->limits.patience));
	shrink(c);
	watch_set(c->watch, (reads ? WATCH_READ : 0) | (conn_unsent(c) ? WATCH_WRITE : 0));
}

mono_t conn_due(const struct conn *c)
{
	return mono_min(c->ask_due, c->read_due);
}
