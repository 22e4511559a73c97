/* SPDX-License-Identifier: MIT */
/*
 * tail.c - the end of a log, and what comes.
 *
 * The daemon gets the write end of a pipe with the call, and whoever reads the log there writes
 * to it; so the daemon's own reply only says whether that will happen. It ends when the last
 * writer is gone, or by Ctrl-C, which is no error.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "ctl/names.h"
#include "ctl/run.h"
#include "ctl/text.h"
#include "proto/faults.h"

enum { LAST_BYTES = 1600, LAST_BYTES_FOLLOW = 1024, PIECE = 64 << 10 };

struct tail {
	struct ctl *ctl;
	const char *name, *channel;
	int64_t bytes; /* 0: all */
	bool follow;
	struct client *client;
	bool replied;
	int pipe; /* read end; -1: it has ended */
	int interrupts; /* a signalfd */
	struct buf data; /* that is not shown yet, or with json nothing of it */
};

/* --- words ------------------------------------------------------------------------------- */

/* "-f" or "-BYTES". */
static bool parse_modifier(struct tail *t, const char *word)
{
	char *end;
	long long n;

	if (!strcmp(word, "-f")) {
		t->follow = true;
		t->bytes = LAST_BYTES_FOLLOW;
		return true;
	}
	errno = 0;
	n = strtoll(word + 1, &end, 10);
	if (!word[1] || *end || errno || n < 0)
		return false;
	t->bytes = n;
	return true;
}

static void lower(const char *from, char *to, size_t size)
{
	size_t i = 0;

	for (; from[i] && i + 1 < size; i++)
		to[i] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] - 'A' + 'a'
								: from[i]);
	to[i] = '\0';
}

static bool parse_channel(struct tail *t, const char *word)
{
	char name[64];

	lower(word, name, sizeof name);
	if (!strcmp(name, "stdout"))
		t->channel = "stdout";
	else if (!strcmp(name, "stderr"))
		t->channel = "stderr";
	else
		complain(t->ctl, EXIT_GENERIC, "Error: bad channel '%s'", name);
	return t->channel;
}

static bool parse(struct tail *t, size_t n, char *const *words)
{
	const char *modifier = words[0][0] == '-' ? words[0] : NULL;
	const size_t first = modifier ? 1 : 0;

	t->bytes = LAST_BYTES;
	if (n == first) {
		complain(t->ctl, EXIT_GENERIC, "Error: tail requires process name");
		return false;
	}
	t->name = words[first];
	if (!parse_channel(t, n - first > 1 ? words[n - 1] : "stdout"))
		return false;
	if (modifier && !parse_modifier(t, modifier)) {
		complain(t->ctl, EXIT_GENERIC, "Error: bad argument %s", modifier);
		return false;
	}
	if (t->follow && t->ctl->json) {
		complain(t->ctl, EXIT_USAGE, "Error: tail -f does not go with --json");
		return false;
	}
	return true;
}

/* --- what goes wrong --------------------------------------------------------------------- */

/* supervisorctl follows a log through a server of the web, and leaves it at that server's
 * words. */
static void say_fault(struct tail *t, int fault)
{
	if (t->follow)
		remark(t->ctl, "%s/logtail/%s/%s Cannot read, status code 404", t->ctl->url,
		       t->name, t->channel);
	else
		complain(t->ctl, EXIT_GENERIC, "%s: ERROR (%s)", t->name,
			 fault_words(CMD_TAIL, fault));
}

static bool say_refusal(struct tail *t, const struct varlink_reply *reply)
{
	if (!strcmp(reply->error, CONTROL_INTERFACE ".BadName"))
		say_fault(t, FAULT_BAD_NAME);
	else if (!strcmp(reply->error, CONTROL_INTERFACE ".NoSuchLog"))
		say_fault(t, FAULT_NO_FILE);
	else
		return ask_refused(t->ctl, reply);
	return false;
}

/* --- the stream -------------------------------------------------------------------------- */

/* Show what has come; the beginning of a character waits for its end, unless this is all. */
static void show(struct tail *t, bool last)
{
	_cleanup_(buf_done) struct buf safe = BUF_INIT;
	ssize_t n = (ssize_t)t->data.len;

	if (t->ctl->json)
		return;
	if (t->ctl->terminal) {
		n = text_escape(t->data.data, t->data.len, last, &safe);
		(void)fwrite(buf_str(&safe), 1, safe.len, t->ctl->out);
	} else {
		(void)fwrite(buf_str(&t->data), 1, t->data.len, t->ctl->out);
	}
	(void)fflush(t->ctl->out);
	buf_drop(&t->data, n < 0 ? t->data.len : (size_t)n);
}

static bool read_pipe(struct tail *t)
{
	ssize_t n;

	if (buf_reserve(&t->data, PIECE) < 0)
		return ask_failed(t->ctl, -ENOMEM);
	n = read(t->pipe, t->data.data + t->data.len, PIECE);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n > 0)
		t->data.data[t->data.len += (size_t)n] = '\0';
	else
		t->pipe = fd_close(t->pipe);
	show(t, n <= 0);
	return true;
}

static void reply_donep(struct varlink_reply *r)
{
	varlink_reply_done(r);
}

static bool read_reply(struct tail *t)
{
	_cleanup_(reply_donep) struct varlink_reply reply = { 0 };
	const int r = client_reply(t->client, t->ctl->patience, &reply);

	if (r < 0)
		return ask_failed(t->ctl, r);
	if (reply.error)
		return say_refusal(t, &reply);
	t->replied = true;
	return true;
}

/* Wait for something to happen; the daemon must answer in time, the stream may be silent. */
static int wait_for(const struct tail *t, struct pollfd *p, nfds_t n)
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
static bool pump(struct tail *t)
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

/* --- the call ---------------------------------------------------------------------------- */

static bool begin(struct tail *t)
{
	_cleanup_(closep) int writer = -1;
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return ask_failed(t->ctl, -errno);
	t->pipe = p[0];
	writer = p[1];
	return ask_begin(t->ctl, CMD_TAIL,
			 json_pack("{s:o,s:s,s:I,s:b}", "name", varlink_string(t->name),
				   "channel", t->channel, "bytes", (json_int_t)t->bytes,
				   "follow", t->follow),
			 &writer, 1, &t->client);
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

static void print_text(struct tail *t)
{
	json_t *o;

	if (!t->ctl->json)
		return;
	/* A NUL cannot be shown either; what is no UTF-8 becomes the replacement character. */
	for (size_t i = 0; i < t->data.len; i++)
		if (!t->data.data[i])
			t->data.data[i] = '\xff';
	o = json_pack("{s:o,s:s,s:o}", "name", varlink_string(t->name), "channel", t->channel,
		      "text", varlink_string(buf_str(&t->data)));
	print_json(t->ctl, o);
	json_decref(o);
}

/* Only once there is somebody to follow, as supervisorctl. */
static bool announce(const struct tail *t)
{
	if (t->follow)
		ctl_say(t->ctl, "==> Press Ctrl-C to exit <==");
	return true;
}

void run_tail(struct ctl *c, size_t n, char *const *words)
{
	struct tail t = { .ctl = c, .pipe = -1, .interrupts = -1 };

	if (!parse(&t, n, words))
		return;
	if (t.follow)
		t.interrupts = catch_interrupts();
	if (begin(&t) && announce(&t) && pump(&t)) {
		if (t.follow)
			remark(c, "%s: the log has ended", t.name);
		else
			ctl_say(c, "%s", "");
		print_text(&t);
	}
	client_free(t.client);
	fd_close(t.pipe);
	fd_close(t.interrupts);
	buf_done(&t.data);
}
