/* SPDX-License-Identifier: MIT */
/*
 * The socket outlives the manager: who connects while there is none waits for the next. So to
 * call again is all there is to do; but not without end if managers come and go.
 */
#include "ctl/follow.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "ctl/clock.h"

enum { AGAIN_MS = 100 };

void follow_begin(struct follow *f, struct ctl *c, bool catch)
{
	sigset_t set;

	*f = (struct follow){ .ctl = c, .interrupts = -1, .due = MONO_NEVER };
	if (!catch)
		return;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == 0)
		f->interrupts = signalfd(-1, &set, SFD_CLOEXEC);
}

void follow_done(struct follow *f)
{
	f->client = client_free(f->client);
	f->interrupts = fd_close(f->interrupts);
}

bool follow_call(struct follow *f, enum command_id id, json_t *parameters, bool more, int fd)
{
	_cleanup_(buf_done) struct buf method = BUF_INIT;
	int r = buf_printf(&method, CONTROL_INTERFACE ".%s", commands[id].method);

	f->client = client_free(f->client);
	if (mono_is_never(f->due))
		f->due = mono_add(clock_mono(), f->ctl->patience);
	if (r == 0)
		r = client_new(f->ctl->path, f->ctl->patience, &f->client);
	if (r < 0) {
		json_decref(parameters);
		return ask_failed(f->ctl, r);
	}
	r = client_call(f->client, buf_str(&method), parameters, more, &fd, fd >= 0);
	return r == 0 || ask_failed(f->ctl, r);
}

/* The manager hung up. */
static int hung_up(struct follow *f)
{
	if (!mono_before(clock_mono(), f->due)) {
		(void)ask_failed(f->ctl, -EPIPE);
		return FOLLOW_OVER;
	}
	/* Whoever takes its place needs a moment. */
	if (!mono_is_never(f->due))
		(void)poll(&(struct pollfd){ .fd = f->interrupts, .events = POLLIN }, 1,
			   AGAIN_MS);
	return FOLLOW_AGAIN;
}

/* Without waiting; FOLLOW_READY: there is no reply yet. */
static int take_reply(struct follow *f, struct varlink_reply *ret)
{
	const int r = client_reply(f->client, 0, ret);

	if (r == -ETIMEDOUT)
		return FOLLOW_READY;
	if (r == -EPIPE)
		return hung_up(f);
	if (r < 0) {
		(void)ask_failed(f->ctl, r);
		return FOLLOW_OVER;
	}
	f->due = MONO_NEVER;
	return FOLLOW_REPLY;
}

int follow_wait(struct follow *f, int other, struct varlink_reply *ret)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = client_fd(f->client), .events = POLLIN },
			{ .fd = other, .events = POLLIN },
			{ .fd = f->interrupts, .events = POLLIN },
		};
		int r = take_reply(f, ret);

		if (r != FOLLOW_READY)
			return r;
		r = poll(p, ARRAY_SIZE(p), clock_wait(f->due));
		if (r == 0 || (r < 0 && errno != EINTR)) {
			(void)ask_failed(f->ctl, r ? -errno : -ETIMEDOUT);
			return FOLLOW_OVER;
		}
		if (r > 0 && p[2].revents)
			return FOLLOW_OVER;
		/* A reply may say why the other one has ended. */
		if (r > 0 && p[1].revents && !p[0].revents)
			return FOLLOW_READY;
	}
}
