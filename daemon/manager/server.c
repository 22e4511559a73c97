/* SPDX-License-Identifier: MIT */
/*
 * Bytes come and go in callbacks of the loop; requests are handed out in server_tick() alone,
 * one at a time for each connection, and only while the peer takes its replies. So the owner is
 * never called from within a call of its own, and what a peer may keep us busy with is bounded
 * whatever it sends.
 */
#include "daemon/manager/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "daemon/manager/conn.h"
#include "daemon/manager/request.h"
#include "daemon/sys/unix_socket.h"

enum {
	ACCEPTS_PER_TURN = 32,
	ACCEPT_AGAIN = 1000, /* ms: after a shortage of memory or descriptors */
};

struct server {
	struct loop *loop;
	struct service service;
	mono_t now; /* of the last turn */
	struct watch *listening;
	int spare; /* a descriptor to give up when there are no others: see on_shortage() */
	mono_t accept_due; /* when to listen again; MONO_NEVER: it does */
	struct list conns;
	size_t n;
	uint64_t last_id;
};

/* --- connections ------------------------------------------------------------------------- */

static void drop(struct server *s, struct conn *c)
{
	conn_free(c);
	s->n--;
}

static void on_ready(struct watch *w, void *owner, int events)
{
	struct conn *c = owner;
	struct server *s = container_of(c->service, struct server, service);

	(void)w;
	list_unlink(&c->link);
	list_append(&s->conns, &c->link);
	if (events & WATCH_READ && !c->dead)
		conn_receive(c);
	if (events & WATCH_WRITE && !c->dead)
		c->told = true;
}

static bool get_peer(int fd, struct peer *ret)
{
	struct ucred u;

	if (unix_socket_peer(fd, &u) < 0)
		return false;
	*ret = (struct peer){ u.uid, u.gid, u.pid };
	return true;
}

/* The better @a is to part with: who may do less, who is idle, who is silent for longer. */
static bool sooner(const struct conn *a, const struct conn *b)
{
	const bool idle_a = !varlink_waiting(&a->in) && !conn_unsent(a);
	const bool idle_b = !varlink_waiting(&b->in) && !conn_unsent(b);

	if (a->right != b->right)
		return a->right < b->right;
	return idle_a && !idle_b;
}

/* Whom to part with for a newcomer of this right. Nobody whose request is being served. */
static struct conn *victim(const struct server *s, enum command_right right)
{
	struct conn *best = NULL;

	for (struct list *l = s->conns.next; l != &s->conns; l = l->next) {
		struct conn *c = container_of(l, struct conn, link);

		if (!c->busy && c->right <= right && (!best || sooner(c, best)))
			best = c;
	}
	return best;
}

/* Say why, as far as it goes in one try. @parameters are stolen. */
static void turn_away(int fd, const char *error, json_t *parameters)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	if (varlink_put_error(&b, error, parameters) == 0)
		(void)!send(fd, b.data, b.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	fd_close(fd);
}

static void turn_away_full(const struct server *s, int fd)
{
	turn_away(fd, CONTROL_INTERFACE ".TooManyConnections",
		  json_pack("{s:i}", "limit", (int)s->service.limits.conns));
}

static void turn_away_stranger(int fd)
{
	turn_away(fd, CONTROL_INTERFACE ".NotPermitted",
		  json_pack("{s:s}", "right", right_word(RIGHT_LOOK)));
}

/* True if there is room for one more of this right now. */
static bool make_room(struct server *s, enum command_right right)
{
	struct conn *old;

	if (s->n < s->service.limits.conns)
		return true;
	old = victim(s, right);
	if (old)
		drop(s, old);
	return old;
}

static void welcome(struct server *s, int fd)
{
	enum command_right right = RIGHT_NONE;
	struct peer peer;
	struct conn *c;

	if (get_peer(fd, &peer))
		right = s->service.ops.right(s->service.owner, &peer);
	if (right == RIGHT_NONE) {
		turn_away_stranger(fd);
		return;
	}
	if (!make_room(s, right)) {
		turn_away_full(s, fd);
		return;
	}
	if (conn_new(&s->service, s->loop, fd, on_ready, &c) < 0)
		return;
	c->id = ++s->last_id;
	c->peer = peer;
	c->right = right;
	watch_set(c->watch, WATCH_READ);
	list_append(&s->conns, &c->link);
	s->n++;
}

static void pause_accepting(struct server *s)
{
	watch_set(s->listening, 0);
	s->accept_due = mono_add(s->now, ACCEPT_AGAIN);
}

/*
 * No descriptor is left, and the connection that cannot be accepted would wake us for ever. An
 * old connection is given up for it; without one the spare descriptor, so that the newcomer
 * hears why; without that we look away for a while.
 */
static void on_shortage(struct server *s)
{
	struct conn *old = victim(s, RIGHT_ADMINISTER);
	int fd;

	if (old) {
		drop(s, old);
		return;
	}
	s->spare = fd_close(s->spare);
	if (unix_socket_accept(watch_fd(s->listening), &fd) == 0)
		turn_away_full(s, fd);
	s->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (s->spare < 0)
		pause_accepting(s);
}

/* accept4() looks for a descriptor first, and fails without one even if nobody has come. */
static bool somebody_waits(const struct server *s)
{
	struct pollfd p = { .fd = watch_fd(s->listening), .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

/* Accept one. False if there is none, or none can be taken now. */
static bool accept_one(struct server *s)
{
	int fd;

	switch (-unix_socket_accept(watch_fd(s->listening), &fd)) {
	case 0:
		welcome(s, fd);
		return true;
	case EAGAIN:
		return false;
	case EINTR:
	case ECONNABORTED:
		return true;
	case EMFILE:
	case ENFILE:
		if (!somebody_waits(s))
			return false;
		on_shortage(s);
		return mono_is_never(s->accept_due);
	default:
		pause_accepting(s);
		return false;
	}
}

static void on_connect(struct watch *w, void *owner, int events)
{
	(void)w, (void)events;
	for (int i = 0; i < ACCEPTS_PER_TURN && accept_one(owner); i++)
		;
}

/* --- replies ----------------------------------------------------------------------------- */

static struct conn *find(const struct server *s, uint64_t id)
{
	for (struct list *l = s->conns.next; l != &s->conns; l = l->next) {
		struct conn *c = container_of(l, struct conn, link);

		if (c->id == id)
			return c;
	}
	return NULL;
}

/* The connection that still waits for an answer to this request. */
static int find_waiting(const struct server *s, uint64_t id, uint64_t serial, struct conn **ret)
{
	struct conn *c = find(s, id);

	*ret = NULL;
	if (!c)
		return 0;
	if (!c->busy || c->serial != serial)
		return -EINVAL;
	*ret = c;
	return 0;
}

int server_reply(struct server *s, uint64_t conn, uint64_t serial, json_t *parameters,
		 bool continues)
{
	struct conn *c;
	int r = find_waiting(s, conn, serial, &c);

	if (c && continues && !c->more)
		r = -EINVAL;
	if (c && r == 0)
		return request_reply(c, parameters, continues);
	json_decref(parameters);
	return r;
}

int server_error(struct server *s, uint64_t conn, uint64_t serial, const char *error,
		 json_t *parameters)
{
	struct conn *c;
	const int r = find_waiting(s, conn, serial, &c);

	if (c)
		return request_error(c, error, parameters);
	json_decref(parameters);
	return r;
}

bool server_waits(const struct server *s, uint64_t conn, uint64_t serial)
{
	struct conn *c;

	return find_waiting(s, conn, serial, &c) == 0 && c && !c->dead;
}

size_t server_unsent(const struct server *s, uint64_t conn)
{
	const struct conn *c = find(s, conn);

	return c ? conn_unsent(c) : 0;
}

/* --- the server -------------------------------------------------------------------------- */

int server_new(struct loop *l, int listen_fd, const struct server_ops *ops, void *owner,
	       const struct server_limits *limits, struct server **ret)
{
	_cleanup_(server_freep) struct server *s = calloc(1, sizeof *s);
	const int flags = fcntl(listen_fd, F_GETFL);
	int r;

	if (!s)
		return -ENOMEM;
	s->loop = l;
	s->now = loop_now(l);
	/* Nor are they those of an earlier server, for which an answer may still be on its way.
	 */
	s->last_id = (uint64_t)s->now.ms << 20;
	s->service.ops = *ops;
	s->service.owner = owner;
	s->service.limits = *limits;
	s->accept_due = MONO_NEVER;
	list_init(&s->conns);
	s->spare = -1;
	if (flags < 0 || fcntl(listen_fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	s->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (s->spare < 0)
		return -errno;
	r = loop_watch(l, listen_fd, WATCH_READ, on_connect, s, &s->listening);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

struct server *server_free(struct server *s)
{
	if (!s)
		return NULL;
	while (list_linked(&s->conns)) {
		struct conn *c = container_of(s->conns.next, struct conn, link);

		conn_send(c, MONO_NEVER);
		drop(s, c);
	}
	watch_drop(s->listening);
	fd_close(s->spare);
	free(s);
	return NULL;
}

static void bury(struct server *s, struct conn *c)
{
	const bool owned = c->busy && c->owned;
	const uint64_t id = c->id;

	drop(s, c);
	if (owned)
		s->service.ops.gone(s->service.owner, id);
}

/*
 * Those who may only look must not be able to fill our memory together with replies that they
 * do not read: beyond the limit, the one that has read nothing for longest has to go.
 */
static void relieve(struct server *s)
{
	struct conn *worst = NULL;
	size_t total = 0;

	for (struct list *l = s->conns.next; l != &s->conns; l = l->next) {
		struct conn *c = container_of(l, struct conn, link);

		if (c->right > RIGHT_LOOK || !conn_unsent(c))
			continue;
		total += conn_unsent(c);
		if (!worst || mono_before(c->read_due, worst->read_due))
			worst = c;
	}
	if (worst && total > s->service.limits.queue)
		conn_abandon(worst);
}

static void send_all(struct server *s, mono_t now)
{
	for (struct list *l = s->conns.next; l != &s->conns; l = l->next) {
		struct conn *c = container_of(l, struct conn, link);

		if (c->told)
			conn_send(c, mono_add(now, s->service.limits.patience));
		conn_settle(c, now);
	}
}

/* The owner may reply from in here, to anybody, but connections neither come nor go. */
static void serve_all(struct server *s, mono_t now)
{
	for (struct list *l = s->conns.next; l != &s->conns; l = l->next) {
		struct conn *c = container_of(l, struct conn, link);

		request_serve(c);
		if (!c->told)
			continue;
		conn_send(c, mono_add(now, s->service.limits.patience));
		if (conn_unsent(c))
			relieve(s);
	}
}

static void bury_all(struct server *s)
{
	struct list *next;

	for (struct list *l = s->conns.next; l != &s->conns; l = next) {
		struct conn *c = container_of(l, struct conn, link);

		next = l->next;
		if (c->dead)
			bury(s, c);
	}
}

void server_tick(struct server *s, mono_t now)
{
	s->now = now;
	if (!mono_before(now, s->accept_due)) {
		s->accept_due = MONO_NEVER;
		watch_set(s->listening, WATCH_READ);
	}
	send_all(s, now);
	serve_all(s, now);
	send_all(s, now);
	bury_all(s);
}

mono_t server_due(const struct server *s)
{
	mono_t t = s->accept_due;

	for (struct list *l = s->conns.next; l != &s->conns; l = l->next) {
		const struct conn *c = container_of(l, struct conn, link);

		if (c->dead || c->told || (c->whole && request_welcome(c)))
			return (mono_t){ 0 };
		t = mono_min(t, conn_due(c));
	}
	return t;
}

size_t server_count(const struct server *s)
{
	return s->n;
}
