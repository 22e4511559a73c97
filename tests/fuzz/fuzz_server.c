/* SPDX-License-Identifier: MIT */
/*
 * fuzz_server.c - clients that do anything in any order, and an owner that answers when it
 * likes: the control server stays within its limits, tells the owner of each request once and
 * of its end at most once, and at the end nothing is left open.
 *
 * Each byte is an action; some take a second one.
 */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/manager/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	CLIENTS = 6,
	LIMIT = 4,
	HELD = 64,
	PATIENCE = 100,
	MESSAGE = 300,
	QUEUE = 64 << 10,
	FDS = 4
};

struct world {
	struct loop *loop;
	struct server *server;
	mono_t now;
	int listening;
	int clients[CLIENTS];
	struct request held[HELD]; /* not answered; conn 0: none */
	enum command_right right;
	uint64_t last_conn;
};

/* clang-format off */
static const char *const texts[] = {
	"{\"method\":\"io.reeve.control.Status\"}",
	"{\"method\":\"io.reeve.control.Start\",\"parameters\":{\"names\":[]},\"more\":true}",
	"{\"method\":\"io.reeve.control.Stop\",\"parameters\":{\"names\":[]},\"oneway\":true}",
	("{\"method\":\"io.reeve.control.Tail\",\"parameters\":{\"name\":\"a\",\"channel\":\"b\","
	 "\"bytes\":1,\"follow\":true}}"),
	"{\"method\":\"org.varlink.service.GetInfo\"}",
	"{\"method\":\"io.reeve.control.Nothing\"}",
	"{\"method\":\"io.reeve.control.Start\"}",
	"{\"method\":\"io.reeve.control.Run\",\"parameters\":{\"job\":{}}}",
	"garbage",
};
/* clang-format on */

static unsigned room_for_fds(enum command_id id)
{
	if (commands[id].flags & COMMAND_CARRIES_FDS)
		return COMMAND_FDS;
	return commands[id].flags & COMMAND_CARRIES_FD ? 1 : 0;
}

static void drop_fds(struct request *rq)
{
	for (unsigned i = 0; i < COMMAND_FDS; i++)
		rq->fds[i] = fd_close(rq->fds[i]);
}

static void on_request(void *owner, struct request *rq)
{
	struct world *w = owner;

	assert(rq->conn && rq->right >= commands[rq->command].right);
	assert(rq->n_fds <= room_for_fds(rq->command));
	for (unsigned i = 0; i < COMMAND_FDS; i++)
		assert((rq->fds[i] >= 0) == (i < rq->n_fds));
	for (size_t i = 0; i < HELD; i++) {
		/* One at a time for each connection. */
		assert(w->held[i].conn != rq->conn);
	}
	for (size_t i = 0; i < HELD; i++)
		if (!w->held[i].conn) {
			w->held[i] = *rq;
			memset(rq->fds, -1, sizeof rq->fds);
			return;
		}
	(void)server_reply(w->server, rq->conn, rq->serial, json_object(), false);
}

static void on_gone(void *owner, uint64_t conn)
{
	struct world *w = owner;
	size_t i = 0;

	while (i < HELD && w->held[i].conn != conn)
		i++;
	assert(i < HELD);
	w->held[i].conn = 0;
	drop_fds(&w->held[i]);
}

static enum command_right right_of(void *owner, const struct peer *peer)
{
	(void)peer;
	return ((struct world *)owner)->right;
}

static int connect_to(int listening)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un a;
	socklen_t len = sizeof a;

	assert(fd >= 0 && getsockname(listening, (struct sockaddr *)&a, &len) == 0);
	if (connect(fd, (struct sockaddr *)&a, len) < 0)
		return fd_close(fd);
	return fd;
}

static void send_to(int fd, const char *data, size_t len, unsigned with)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(FDS * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	const int many[FDS] = { fd, fd, fd, fd };
	const size_t n = (size_t)with * sizeof(int);

	if (with) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(n);
		CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(n);
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), many, n);
	}
	(void)!sendmsg(fd, &m, MSG_NOSIGNAL);
}

static void turn(struct world *w)
{
	loop_wake_at(w->loop, (mono_t){ 0 });
	loop_turn(w->loop);
	server_tick(w->server, w->now);
	assert(server_count(w->server) <= LIMIT);
	/* Nothing that is due in the past stays undone for ever: one more turn does it. */
	(void)server_due(w->server);
}

/* Answer the request that was held first from @from on. */
static void answer(struct world *w, size_t from, bool last)
{
	static char padding[8192];
	struct request *rq = &w->held[from % HELD];

	for (size_t i = 0; i < HELD && !rq->conn; i++)
		rq = &w->held[(from + i) % HELD];
	if (!rq->conn)
		return;
	/* One whose connection is about to end is told of it in the next turn. */
	if (!server_waits(w->server, rq->conn, rq->serial))
		return;
	memset(padding, 'x', sizeof padding - 1);
	assert(server_reply(w->server, rq->conn, rq->serial, json_pack("{s:s}", "x", padding),
			    !last && rq->more) == 0);
	if (last || !rq->more) {
		drop_fds(rq);
		rq->conn = 0;
	}
}

static void hear(int fd)
{
	char text[65536];

	(void)!recv(fd, text, sizeof text, MSG_DONTWAIT);
}

static void act(struct world *w, uint8_t action, uint8_t arg)
{
	int *fd = &w->clients[action % CLIENTS];
	const char *text = texts[arg % ARRAY_SIZE(texts)];

	if (*fd < 0) {
		w->right = (enum command_right)(arg % 4);
		*fd = connect_to(w->listening);
		return;
	}
	switch (action / CLIENTS % 10) {
	case 0:
		send_to(*fd, text, strlen(text) + 1, 0);
		break;
	case 1:
		send_to(*fd, text, strlen(text) + 1, 1 + arg / 64);
		break;
	case 2:
		send_to(*fd, text, arg % (strlen(text) + 1) + 1, arg & 1 ? 2 : 0);
		break;
	case 3:
		send_to(*fd, (const char *)&arg, 1, 0);
		break;
	case 4:
		hear(*fd);
		break;
	case 5:
		*fd = fd_close(*fd);
		break;
	case 6:
		(void)shutdown(*fd, SHUT_WR);
		break;
	case 7:
		answer(w, arg, false);
		break;
	case 8:
		answer(w, arg, true);
		break;
	case 9:
		w->now = mono_add(w->now, arg);
		break;
	}
}

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void begin(struct world *w)
{
	static const struct server_ops ops = { on_request, on_gone, right_of };
	static const struct server_limits limits = { LIMIT, MESSAGE, MESSAGE, QUEUE, PATIENCE };
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	*w = (struct world){ .now = { 1 }, .right = RIGHT_ADMINISTER };
	for (size_t i = 0; i < CLIENTS; i++)
		w->clients[i] = -1;
	w->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Autobind: the kernel makes up an abstract address. */
	assert(bind(w->listening, (struct sockaddr *)&a, sizeof(sa_family_t)) == 0);
	assert(listen(w->listening, 64) == 0 && loop_new(&w->loop) == 0);
	assert(server_new(w->loop, w->listening, &ops, w, &limits, &w->server) == 0);
	server_tick(w->server, w->now);
}

/* All clients leave, and so does everything they had: what keeps itself alive by having sent
 * its own descriptor has its time, as any half of a request. */
static void end(struct world *w)
{
	for (size_t i = 0; i < CLIENTS; i++)
		w->clients[i] = fd_close(w->clients[i]);
	turn(w);
	for (int i = 0; i < 8 || (server_count(w->server) && i < 1000); i++) {
		turn(w);
		for (size_t k = 0; k < HELD; k++)
			answer(w, k, true);
		w->now = mono_add(w->now, PATIENCE / 8);
	}
	turn(w);
	assert(server_count(w->server) == 0 && mono_is_never(server_due(w->server)));
	for (size_t i = 0; i < HELD; i++)
		assert(!w->held[i].conn); /* answered, or told that it is gone */
	w->server = server_free(w->server);
	w->loop = loop_free(w->loop);
	close(w->listening);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int before = count_fds();
	struct world w;

	begin(&w);
	for (size_t i = 0; i + 1 < size && i < 400; i += 2) {
		act(&w, data[i], data[i + 1]);
		if (data[i] & 0x80)
			turn(&w);
	}
	end(&w);
	assert(count_fds() == before);
	return 0;
}
