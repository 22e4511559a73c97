/* SPDX-License-Identifier: MIT */
/*
 * channel.c - frames in packets of a SOCK_SEQPACKET pair.
 *
 * A packet is whole frames, one after the other, and their descriptors in the same order; the
 * head of a frame says how many are its own. SEQPACKET keeps both together, so that a peer that
 * dies in the middle of a send leaves no half frame, and a descriptor cannot belong to another
 * frame than its own.
 *
 * Outgoing frames gather in `open`. Flushing sends what waits in `queue`, then `open`; a packet
 * that the peer does not take goes to the end of the queue, and a write watch sends the rest.
 *
 * A frame larger than a packet is written to a sealed memfd, and a WIRE_SPILL head with that
 * descriptor, then with the frame's own, travels instead.
 */
#include "daemon/sys/channel.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/list.h"
#include "daemon/sys/memfd.h"
#include "proto/wire.h"

enum {
	PACKET_BYTES = 32 << 10,
	PACKET_FDS = 120, /* the kernel takes 253; who receives must have room for all */
	PACKETS_PER_TURN = 16, /* a talkative peer must not starve the others */
};

struct packet {
	struct list link;
	struct buf bytes;
	size_t n_fds;
	int fds[PACKET_FDS];
};

struct channel {
	int fd;
	struct watch *watch;
	channel_fn *fn;
	void *owner;
	bool gone; /* nothing can be sent any more */
	bool ended; /* the callee knows */
	bool starved;
	struct packet *open; /* never NULL */
	struct list queue;
	size_t waiting; /* bytes in queue and open */
};

static struct packet *packet_free(struct packet *p)
{
	if (!p)
		return NULL;
	for (size_t i = 0; i < p->n_fds; i++)
		(void)fd_close(p->fds[i]);
	buf_done(&p->bytes);
	free(p);
	return NULL;
}

static void packet_freep(struct packet **p)
{
	*p = packet_free(*p);
}

static struct packet *packet_new(void)
{
	struct packet *p = malloc(sizeof *p);

	if (!p)
		return NULL;
	p->bytes = (struct buf)BUF_INIT;
	p->n_fds = 0;
	list_init(&p->link);
	return p;
}

/* Make it as new, but keep its memory. */
static void packet_clear(struct packet *p)
{
	for (size_t i = 0; i < p->n_fds; i++)
		(void)fd_close(p->fds[i]);
	p->n_fds = 0;
	buf_clear(&p->bytes);
}

/* --- sending ----------------------------------------------------------------------------- */

static void drop_all(struct channel *c)
{
	while (list_linked(&c->queue)) {
		struct packet *p = container_of(c->queue.next, struct packet, link);

		list_unlink(&p->link);
		(void)packet_free(p);
	}
	packet_clear(c->open);
	c->waiting = 0;
	c->starved = false;
}

/* 0, or -errno as sendmsg(2) has it. */
static int packet_send(int fd, struct packet *p)
{
	union {
		char bytes[CMSG_SPACE(sizeof p->fds)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { p->bytes.data, p->bytes.len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (p->n_fds > 0) {
		const size_t size = p->n_fds * sizeof p->fds[0];
		struct cmsghdr *h;

		memset(&control, 0, CMSG_SPACE(size)); /* the kernel reads its padding, too */
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(size);
		h = CMSG_FIRSTHDR(&msg);
		*h = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
				       .cmsg_type = SCM_RIGHTS,
				       .cmsg_len = CMSG_LEN(size) };
		memcpy(CMSG_DATA(h), p->fds, size);
	}
	while (sendmsg(fd, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* True if @p has left. */
static bool try_send(struct channel *c, struct packet *p)
{
	const int r = packet_send(c->fd, p);

	c->starved = false;
	switch (-r) {
	case 0:
		c->waiting -= p->bytes.len;
		return true;
	case EAGAIN:
		return false;
	case ENOBUFS:
	case ENOMEM:
	case ETOOMANYREFS: /* too many descriptors are under way */
		c->starved = true;
		return false;
	default:
		c->gone = true;
		return false;
	}
}

static void send_queue(struct channel *c)
{
	while (list_linked(&c->queue)) {
		struct packet *p = container_of(c->queue.next, struct packet, link);

		if (!try_send(c, p))
			return;
		list_unlink(&p->link);
		(void)packet_free(p);
	}
	if (c->open->bytes.len > 0 && try_send(c, c->open))
		packet_clear(c->open);
}

void channel_flush(struct channel *c)
{
	if (!c->gone)
		send_queue(c);
	if (c->gone)
		drop_all(c);
	if (!c->ended)
		watch_set(c->watch,
			  WATCH_READ | (c->waiting > 0 && !c->starved ? WATCH_WRITE : 0));
}

/* Make room for a frame of @len bytes and @fds descriptors in the open packet. */
static int make_room(struct channel *c, size_t len, size_t fds)
{
	struct packet *p = c->open;

	if (p->bytes.len + len <= PACKET_BYTES && p->n_fds + fds <= PACKET_FDS)
		return 0;
	if (!list_linked(&c->queue) && try_send(c, p)) {
		packet_clear(p);
		return 0;
	}
	p = packet_new();
	if (!p)
		return -ENOMEM;
	list_append(&c->queue, &c->open->link);
	c->open = p;
	return 0;
}

static int add_fd(struct packet *p, int fd)
{
	const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return -errno;
	p->fds[p->n_fds++] = copy;
	return 0;
}

static void take_back_fds(struct packet *p, size_t n)
{
	while (p->n_fds > n)
		(void)fd_close(p->fds[--p->n_fds]);
}

/* Put a frame and its descriptors into the open packet, or leave that as it was. */
static int add_frame(struct channel *c, const char *frame, size_t len, const int *fds, size_t n)
{
	struct packet *p;
	size_t before;
	int r = make_room(c, len, n);

	if (r < 0)
		return r;
	p = c->open;
	before = p->n_fds;
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_fd(p, fds[i]);
	if (r == 0)
		r = buf_append(&p->bytes, frame, len);
	if (r < 0) {
		take_back_fds(p, before);
		return r;
	}
	c->waiting += len;
	return 0;
}

static int add_spilled(struct channel *c, const struct buf *frame, const int *fds, size_t n)
{
	const struct wire_head h = { WIRE_HEAD, WIRE_SPILL, (uint16_t)(n + 1) };
	_cleanup_(closep) int spill = -1;
	int r = memfd_sealed("frame", frame->data, frame->len, &spill);
	int all[LINK_FDS_MAX + 1] = { spill };

	for (size_t i = 0; i < n; i++)
		all[i + 1] = fds[i];
	return r < 0 ? r : add_frame(c, (const char *)&h, sizeof h, all, n + 1);
}

int channel_send(struct channel *c, const struct link_msg *m, int fd)
{
	return channel_send_fds(c, m, &fd, fd >= 0 ? 1 : 0);
}

int channel_send_fds(struct channel *c, const struct link_msg *m, const int *fds, size_t n)
{
	_cleanup_(buf_done) struct buf frame = BUF_INIT;
	struct wire_head h;
	int r;

	assert(n <= link_fds(m->type));
	if (c->gone)
		return 0;
	r = link_encode(m, &frame);
	if (r < 0)
		return r;
	h = wire_head_get(frame.data);
	h.fds = (uint16_t)n;
	wire_head_put(frame.data, h);
	if (frame.len > PACKET_BYTES)
		return add_spilled(c, &frame, fds, n);
	return add_frame(c, frame.data, frame.len, fds, n);
}

size_t channel_backlog(const struct channel *c)
{
	return c->waiting;
}

bool channel_starved(const struct channel *c)
{
	return c->starved;
}

/* --- receiving --------------------------------------------------------------------------- */

/* A packet as it came: what was not handed out yet. */
struct inbox {
	const char *at;
	size_t n;
	int *fds;
	size_t n_fds;
	bool cut; /* there were more descriptors than we had room for */
};

/* The descriptors of one frame, and one more if it came in a memfd. */
struct fds {
	int v[LINK_FDS_MAX + 1];
};

static const struct fds no_fds = { { -1, -1, -1, -1 } };

static void fds_done(struct fds *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(f->v); i++)
		(void)fd_close(f->v[i]);
}

static void end(struct channel *c)
{
	struct fds none = no_fds;

	c->gone = c->ended = true;
	drop_all(c);
	watch_set(c->watch, 0);
	c->fn(c, c->owner, NULL, none.v);
}

static int next_fd(struct inbox *in)
{
	if (in->n_fds == 0)
		return -EMFILE;
	in->n_fds--;
	return *in->fds++;
}

/* False: nonsense. */
static bool deliver(struct channel *c, const char *frame, size_t len, int *fds)
{
	struct link_msg m;
	size_t used;

	if (link_decode(frame, len, &m, &used) != LINK_FRAME || used != len)
		return false;
	c->fn(c, c->owner, &m, fds);
	return true;
}

static bool deliver_spilled(struct channel *c, struct fds *fds, bool cut)
{
	_cleanup_(buf_done) struct buf frame = BUF_INIT;

	if (fds->v[0] < 0)
		return cut; /* that message is lost, the link is not */
	if (memfd_read(fds->v[0], WIRE_MAX, &frame) < 0)
		return false;
	return deliver(c, frame.data, frame.len, fds->v + 1);
}

static bool deliver_next(struct channel *c, struct inbox *in)
{
	_cleanup_(fds_done) struct fds fds = no_fds;
	struct wire_head h;
	const char *frame = in->at;

	if (in->n < WIRE_HEAD)
		return false;
	h = wire_head_get(frame);
	if (h.bytes < WIRE_HEAD || h.bytes > in->n || (h.fds > in->n_fds && !in->cut) ||
	    h.fds > LINK_FDS_MAX + (h.type == WIRE_SPILL ? 1 : 0))
		return false;
	in->at += h.bytes;
	in->n -= h.bytes;
	for (size_t i = 0; i < h.fds; i++)
		fds.v[i] = next_fd(in);
	return h.type == WIRE_SPILL ? deliver_spilled(c, &fds, in->cut)
				    : deliver(c, frame, h.bytes, fds.v);
}

static void deliver_all(struct channel *c, struct inbox *in)
{
	bool sane = true;

	while (in->n > 0 && sane)
		sane = deliver_next(c, in);
	if (in->n_fds > 0)
		sane = false;
	while (in->n_fds > 0)
		(void)fd_close(next_fd(in));
	if (!sane)
		end(c);
}

/* The descriptors of a message, of which there is at most one list of SCM_RIGHTS. */
static void take_fds(struct msghdr *msg, int *fds, struct inbox *in)
{
	struct cmsghdr *h = CMSG_FIRSTHDR(msg);

	in->fds = fds;
	in->cut = msg->msg_flags & MSG_CTRUNC;
	if (!h || h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
		return;
	in->n_fds = (h->cmsg_len - CMSG_LEN(0)) / sizeof *fds;
	memcpy(fds, CMSG_DATA(h), in->n_fds * sizeof *fds);
}

/*
 * Read one packet. False: there is none, or no more will come.
 *
 * When a peer dies with something of ours unread, the first thing that recvmsg() tells is
 * ECONNRESET; what it sent before it died comes after that, and must not be lost.
 */
static bool receive(struct channel *c)
{
	char bytes[PACKET_BYTES];
	int fds[PACKET_FDS + 3];
	union {
		char bytes[CMSG_SPACE(sizeof fds)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { bytes, sizeof bytes };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof control };
	struct inbox in = { .at = bytes };
	ssize_t n = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC);

	if (n < 0 && (errno == EINTR || errno == ECONNRESET))
		return true;
	if (n < 0 && (errno == EAGAIN || errno == ENOMEM))
		return false;
	if (n <= 0) {
		end(c);
		return false;
	}
	take_fds(&msg, fds, &in);
	in.n = (size_t)n;
	if (msg.msg_flags & MSG_TRUNC)
		in.n = 1; /* too large to be ours: too short for a head, hence nonsense */
	deliver_all(c, &in);
	return !c->ended;
}

static void on_ready(struct watch *w, void *owner, int events)
{
	struct channel *c = owner;

	(void)w;
	if (events & WATCH_WRITE)
		channel_flush(c);
	for (int i = 0; i < PACKETS_PER_TURN && !c->ended && receive(c); i++)
		;
}

/* --- life -------------------------------------------------------------------------------- */

static void channel_freep(struct channel **c)
{
	*c = channel_free(*c);
}

int channel_new(struct loop *l, int fd, channel_fn *fn, void *owner, struct channel **ret)
{
	_cleanup_(closep) int own = fd;
	_cleanup_(packet_freep) struct packet *open = packet_new();
	_cleanup_(channel_freep) struct channel *c = NULL;
	const int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	c = open ? malloc(sizeof *c) : NULL;
	if (!c)
		return -ENOMEM;
	*c = (struct channel){
		.fd = TAKE_FD(own), .fn = fn, .owner = owner, .open = TAKE_PTR(open)
	};
	list_init(&c->queue);

	const int r = loop_watch(l, c->fd, WATCH_READ, on_ready, c, &c->watch);

	if (r < 0)
		return r;
	*ret = TAKE_PTR(c);
	return 0;
}

struct channel *channel_free(struct channel *c)
{
	if (!c)
		return NULL;
	drop_all(c);
	(void)packet_free(c->open);
	c->watch = watch_drop(c->watch);
	(void)fd_close(c->fd);
	free(c);
	return NULL;
}

int channel_pair(int ret[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0 ? -errno : 0;
}
