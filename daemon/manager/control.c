/* SPDX-License-Identifier: MIT */
#include "daemon/manager/control.h"

#include <errno.h>
#include <string.h>

#include "daemon/manager/owner.h"
#include "daemon/sys/unix_socket.h"

static int lock_socket(struct manager *m, const char *path)
{
	pid_t holder;
	int r;

	r = unix_socket_folder(path);
	if (r < 0) {
		manager_fail(
			m,
			"cannot use the folder of the control socket %s: %s; make it, owned by "
			"root "
			"or by this user and writable by nobody else, or set [reeve] socket",
			path, strerror(-r));
		return r;
	}
	r = unix_socket_lock(path, m->greeting.keeper_pid, &m->lock, &holder);
	if (r < 0) {
		manager_fail(m, "cannot lock the control socket %s: %s", path, strerror(-r));
		return r;
	}
	if (r == UNIX_SOCKET_HELD) {
		manager_fail(m,
			     "another reeved (pid %d) holds the control socket %s; shut it "
			     "down first, "
			     "or set another [reeve] socket",
			     holder, path);
		return -EADDRINUSE;
	}
	return 0;
}

int control_open(struct manager *m, const struct reeve_spec *s)
{
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;
	int r = lock_socket(m, s->socket);

	if (r < 0)
		return r;
	if (s->socket_owner && owner_parse(s->socket_owner, &uid, &gid) < 0) {
		manager_fail(m, "socket_owner: there is no such user or group: %s",
			     s->socket_owner);
		return -ESRCH;
	}
	r = unix_socket_listen(s->socket, (mode_t)s->socket_mode, uid, gid, &m->socket);
	if (r < 0) {
		manager_fail(m, "cannot listen at the control socket %s: %s", s->socket,
			     strerror(-r));
		return r;
	}
	manager_deposit(m, "lock", m->lock);
	manager_deposit(m, "socket", m->socket);
	return 0;
}

int control_serve(struct manager *m)
{
	const struct server_limits limits = SERVER_LIMITS;
	const int r = server_new(m->loop, m->socket, m->server_ops, m, &limits, &m->server);

	if (r < 0)
		manager_fail(m, "cannot serve the control socket: %s", strerror(-r));
	return r;
}

int control_move(struct manager *m, const struct reeve_spec *to)
{
	const char *from = m->config->reeve.socket;

	int r;

	if (strcmp(to->socket, from) == 0)
		return 0;
	m->server = server_free(m->server);
	m->socket = fd_close(m->socket);
	m->lock = fd_close(m->lock);
	unix_socket_remove(from);
	r = control_open(m, to);
	return r < 0 ? r : control_serve(m);
}

void control_close(struct manager *m)
{
	m->server = server_free(m->server);
	if (m->socket >= 0)
		unix_socket_remove(m->config->reeve.socket);
}
