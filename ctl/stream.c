/* SPDX-License-Identifier: MIT */
/*
 * The daemon gets the write end of a pipe with the call, and whoever reads the log there writes
 * to it; so the daemon's own reply only says whether that will happen. It ends when the last
 * writer is gone, or by Ctrl-C, which is no error.
 */
#include "ctl/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "ctl/text.h"

enum { PIECE = 64 << 10 };

struct stream {
	struct ctl *ctl;
	const struct stream_plan *plan;
	struct client *client;
	bool replied;
	int pipe; /* read end; -1: it has ended */
	int interrupts; /* a signalfd */
	struct buf *data; /* that is not shown yet, or with json all of it */
};

/* Show what has come; the beginning of a character waits for its end, unless this is all. */
static void show(struct stream *t, bool last)
{
	_cleanup_(buf_done) struct buf safe = BUF_INIT;
	ssize_t n = (ssize_t)t->data->len;

	if (t->ctl->json)
		return;
	if (t->ctl->terminal) {
		n = text_escape(buf_str(t->data), t->data->len, last, &safe);
		(void)fwrite(buf_str(&safe), 1, safe.len, t->ctl->out);
	} else {
		(void)fwrite(buf_str(t->data), 1, t->data->len, t->ctl->out);
	}
	(void)fflush(t->ctl->out);
	buf_drop(t->data, n < 0 ? t->data->len : (size_t)n);
}

static bool read_pipe(struct stream *t)
{
	ssize_t n;

	if (buf_reserve(t->data, PIECE) < 0)
		return ask_failed(t->ctl, -ENOMEM);
	n = read(t->pipe, t->data->data + t->data->len, PIECE);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n > 0)
		t->data->data[t->data->len += (size_t)n] = '\0';
	else
		t->pipe = fd_close(t->pipe);
	show(t, n <= 0);
	return true;
}

static void reply_donep(struct varlink_reply *r)
{
	varlink_reply_done(r);
}

static bool read_reply(struct stream *t)
{
	_cleanup_(reply_donep) struct varlink_reply reply = { 0 };
	const int r = client_reply(t->client, t->ctl->patience, &reply);

	if (r < 0)
		return ask_failed(t->ctl, r);
	if (!reply.error) {
		t->replied = true;
		return true;
	}
	if (!t->plan->refused || !t->plan->refused(t->ctl, &reply, t->plan->data))
		(void)ask_refused(t->ctl, &reply);
	return false;
}

/* Wait for something to happen; the daemon must answer in time, the stream may be silent. */
static int wait_for(const struct stream *t, struct pollfd *p, nfds_t n)
{
	const int patience = t->replied ? -1 : (int)t->ctl->patience;
	int r;

	do
		r = poll(p, n, patience);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r == 0 ? -ETIMEDOUT : 0;
}

/* Until both have ended: the daemon's answer and the stream. False: it went wrong, and was
 * said; or Ctrl-C. */
static bool pump(struct stream *t)
{
	while (!t->replied || t->pipe >= 0) {
		struct pollfd p[] = {
			{ .fd = t->replied ? -1 : client_fd(t->client), .events = POLLIN },
			{ .fd = t->pipe, .events = POLLIN },
			{ .fd = t->interrupts, .events = POLLIN },
		};
		const int r = wait_for(t, p, ARRAY_SIZE(p));

		if (r < 0)
			return ask_failed(t->ctl, r);
		if (p[2].revents) {
			ctl_say(t->ctl, "%s", "");
			return false;
		}
		if (p[0].revents && !read_reply(t))
			return false;
		if (p[1].revents && !read_pipe(t))
			return false;
	}
	return true;
}

static bool begin(struct stream *t)
{
	_cleanup_(closep) int writer = -1;
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0) {
		json_decref(t->plan->parameters);
		return ask_failed(t->ctl, -errno);
	}
	t->pipe = p[0];
	writer = p[1];
	if (!ask_begin(t->ctl, t->plan->id, t->plan->parameters, &writer, 1, &t->client))
		return false;
	if (t->plan->announce)
		ctl_say(t->ctl, "%s", t->plan->announce);
	return true;
}

/* From now on Ctrl-C is an event. */
static int catch_interrupts(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

bool stream_show(struct ctl *c, const struct stream_plan *plan, struct buf *text)
{
	struct stream t = {
		.ctl = c, .plan = plan, .pipe = -1, .interrupts = -1, .data = text
	};
	bool whole;

	if (plan->follow)
		t.interrupts = catch_interrupts();
	whole = begin(&t) && pump(&t);
	client_free(t.client);
	fd_close(t.pipe);
	fd_close(t.interrupts);
	return whole;
}

json_t *stream_text(struct buf *text)
{
	/* A NUL cannot be shown either; what is no UTF-8 becomes the replacement character. */
	for (size_t i = 0; i < text->len; i++)
		if (!text->data[i])
			text->data[i] = '\xff';
	return varlink_string(buf_str(text));
}
