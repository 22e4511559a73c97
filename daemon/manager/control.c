/* SPDX-License-Identifier: MIT */
#include "daemon/manager/control.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "daemon/manager/owner.h"
#include "daemon/sys/unix_socket.h"

/* A socket that listens, and the lock that makes it ours. */
struct place {
	int lock, socket;
};

static void place_done(struct place *p)
{
	(void)fd_close(p->lock);
	(void)fd_close(p->socket);
}

/* @r, with what is wrong in @why. */
__attribute__((format(printf, 3, 4))) static int refuse(struct buf *why, int r, const char *fmt,
							...)
{
	va_list ap;
	char text[1024];

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_clear(why);
	if (buf_puts(why, text) < 0)
		buf_clear(why);
	return r;
}

static int lock_socket(const struct manager *m, const char *path, int *ret, struct buf *why)
{
	pid_t holder;
	int r = unix_socket_folder(path);

	if (r < 0)
		return refuse(
			why, r,
			"cannot use the folder of the control socket %s: %s; make it, "
			"owned by root or by this user and writable by nobody else, or set "
			"[reeve] socket",
			path, strerror(-r));
	r = unix_socket_lock(path, m->greeting.keeper_pid, ret, &holder);
	if (r < 0)
		return refuse(why, r, "cannot lock the control socket %s: %s", path,
			      strerror(-r));
	if (r == UNIX_SOCKET_HELD)
		return refuse(why, -EADDRINUSE,
			      "another reeved (pid %d) holds the control socket %s; shut it "
			      "down first, or set another [reeve] socket",
			      holder, path);
	return 0;
}

static int open_place(const struct manager *m, const struct reeve_spec *s, struct place *ret,
		      struct buf *why)
{
	_cleanup_(place_done) struct place p = { -1, -1 };
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;
	int r = lock_socket(m, s->socket, &p.lock, why);

	if (r < 0)
		return r;
	if (s->socket_owner && owner_parse(s->socket_owner, &uid, &gid) < 0)
		return refuse(why, -ESRCH, "socket_owner: there is no such user or group: %s",
			      s->socket_owner);
	r = unix_socket_listen(s->socket, (mode_t)s->socket_mode, uid, gid, &p.socket);
	if (r < 0)
		return refuse(why, r, "cannot listen at the control socket %s: %s", s->socket,
			      strerror(-r));
	*ret = TAKE(p, ((struct place){ -1, -1 }));
	return 0;
}

/* A command of its own runs wherever it can, also where nobody may make a socket, or where
 * another one has it. */
static bool may_lack(const struct manager *m)
{
	return m->options->command;
}

static void take_place(struct manager *m, const struct place *p)
{
	m->lock = p->lock;
	m->socket = p->socket;
	manager_deposit(m, "lock", m->lock);
	manager_deposit(m, "socket", m->socket);
}

int control_open(struct manager *m, const struct reeve_spec *s)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	struct place p;
	const int r = open_place(m, s, &p, &why);

	if (r < 0 && may_lack(m)) {
		manager_log(m, LEVEL_INFO, "without a control socket: %s", buf_str(&why));
		return 0;
	}
	if (r < 0)
		manager_fail(m, "%s", buf_str(&why));
	else
		take_place(m, &p);
	return r;
}

int control_serve(struct manager *m)
{
	const struct server_limits limits = SERVER_LIMITS;
	int r;

	if (m->socket < 0 && may_lack(m))
		return 0;
	r = server_new(m->loop, m->socket, m->server_ops, m, &limits, &m->server);
	if (r < 0)
		manager_fail(m, "cannot serve the control socket: %s", strerror(-r));
	return r;
}

/* Without a socket nobody could mend the file that names a wrong one. */
static int stay(struct manager *m, struct reeve_spec *to, const char *why)
{
	char *path = strdup(m->config->reeve.socket);

	if (!path)
		manager_out_of_memory();
	manager_log(m, LEVEL_CRITICAL, "%s", why);
	manager_log(m, LEVEL_CRITICAL, "the control socket stays where it is: %s", path);
	free(to->socket);
	to->socket = path;
	return 0;
}

int control_move(struct manager *m, struct reeve_spec *to)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	struct place p;

	if (strcmp(to->socket, m->config->reeve.socket) == 0)
		return 0;
	if (open_place(m, to, &p, &why) < 0)
		return stay(m, to, buf_str(&why));
	m->server = server_free(m->server);
	m->socket = fd_close(m->socket);
	m->lock = fd_close(m->lock);
	unix_socket_remove(m->config->reeve.socket);
	take_place(m, &p);
	return control_serve(m);
}

void control_close(struct manager *m)
{
	m->server = server_free(m->server);
	if (m->socket >= 0)
		unix_socket_remove(m->config->reeve.socket);
}
