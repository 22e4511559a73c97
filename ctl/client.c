/* SPDX-License-Identifier: MIT */
#include "ctl/client.h"

#include <errno.h>
#include <poll.h>

#include "ctl/clock.h"
#include "ctl/line.h"

struct client {
	struct line line;
	msec_t patience; /* to connect and to send */
};

int client_new(const char *path, msec_t patience, struct client **ret)
{
	_cleanup_(client_freep) struct client *c = calloc(1, sizeof *c);
	int r;

	if (!c)
		return -ENOMEM;
	c->line.fd = -1;
	c->patience = patience;
	r = line_open(&c->line, path, patience);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(c);
	return 0;
}

struct client *client_free(struct client *c)
{
	if (!c)
		return NULL;
	line_close(&c->line);
	free(c);
	return NULL;
}

static mono_t until(msec_t patience)
{
	return patience < 0 ? MONO_NEVER : mono_add(clock_mono(), patience);
}

/* Wait for events of the connection, or until @due. 0, -ETIMEDOUT or -errno. */
static int wait_for(const struct client *c, short events, mono_t due)
{
	struct pollfd p = { .fd = c->line.fd, .events = events };
	int n;

	do
		n = poll(&p, 1, clock_wait(due));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n == 0 ? -ETIMEDOUT : 0;
}

int client_call(struct client *c, const char *method, json_t *parameters, bool more,
		const int *fds, unsigned n_fds)
{
	const mono_t due = until(c->patience);
	int r = line_call(&c->line, method, parameters, more, fds, n_fds);

	while (r == 0 && !line_idle(&c->line)) {
		r = wait_for(c, POLLOUT, due);
		if (r == 0)
			r = line_send(&c->line);
	}
	return r;
}

int client_reply(struct client *c, msec_t patience, struct varlink_reply *ret)
{
	const mono_t due = until(patience);
	int r;

	while ((r = line_reply(&c->line, ret)) == LINE_NOTHING) {
		r = wait_for(c, POLLIN, due);
		if (r == 0)
			r = line_receive(&c->line);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : 0;
}

int client_fd(const struct client *c)
{
	return c->line.fd;
}
