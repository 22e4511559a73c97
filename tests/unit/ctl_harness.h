/* SPDX-License-Identifier: MIT */
/*
 * ctl_harness.h - reevectl against a daemon that knows its lines.
 *
 * Long, because a test program is one source and several share this.
 *
 * The daemon is a child with a list of exchanges, one for each connection that it takes. A call
 * is written as Method{parameters}, with + after it if it asks for more; what was not expected
 * is refused, with the words of the call. Replies stand on lines of their own:
 *	{…}		the parameters of the last reply
 *	+{…}		of one that continues
 *	!Error{…}	an error of our interface; !a.b.Error{…} of another
 *	#bytes		these, and nothing after them
 *	.		wait until the client has gone
 * No reply at all: the daemon hangs up.
 */
#pragma once

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "ctl/run.h"
#include "harness.h"

enum { EXCHANGES = 4 };

struct exchange {
	const char *call, *reply;
	const char *log; /* written to the descriptor that comes with the call */
};

#define SAYS(call, reply)                                                                      \
	{                                                                                      \
		call, reply, NULL                                                              \
	}
#define LOGS(call, log, reply)                                                                 \
	{                                                                                      \
		call, reply, log                                                               \
	}

/* A command line, what the daemon says to it, and what comes of it. */
struct row {
	const char *words;
	struct exchange x[EXCHANGES];
	const char *out, *err; /* NULL: nothing */
	int status;
};

struct fake {
	char dir[64], path[108], url[128];
	int listening;
	pid_t pid;
};

static struct fake fake;

static inline void fake_address(struct sockaddr_un *a)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(a->sun_path, fake.path, strlen(fake.path));
}

static inline void setup(void)
{
	struct sockaddr_un a;

	fds_note();
	scratch_make(fake.dir, sizeof fake.dir);
	snprintf(fake.path, sizeof fake.path, "%s/ctl", fake.dir);
	snprintf(fake.url, sizeof fake.url, "unix://%s", fake.path);
	fake_address(&a);
	fake.listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fake.listening, (struct sockaddr *)&a, sizeof a), 0);
	ck_assert_int_eq(listen(fake.listening, 8), 0);
}

static inline void fake_end(void)
{
	if (fake.pid > 0) {
		(void)kill(fake.pid, SIGKILL);
		ck_assert_int_eq(waitpid(fake.pid, NULL, 0), fake.pid);
	}
	fake.pid = 0;
}

static inline void teardown(void)
{
	fake_end();
	close(fake.listening);
	scratch_remove(fake.dir);
	fds_check();
}

enum { FAKE_FDS = 3 };

/* Take one byte, and the descriptors that come with it. False: there is no more. */
static inline bool fake_byte(int fd, char *ret, int fds[FAKE_FDS])
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(FAKE_FDS * sizeof(int))];
	struct iovec iov = { ret, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof control };
	struct cmsghdr *c;

	if (recvmsg(fd, &m, MSG_CMSG_CLOEXEC) != 1)
		return false;
	c = CMSG_FIRSTHDR(&m);
	if (c)
		memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	return true;
}

/* Read one message, and the descriptors that come with it, -1 for none. */
static inline void fake_hear(int fd, char *text, size_t size, int fds[FAKE_FDS])
{
	size_t len = 0;

	for (int i = 0; i < FAKE_FDS; i++)
		fds[i] = -1;
	while (len + 1 < size && fake_byte(fd, text + len, fds) && text[len])
		len++;
	text[len] = '\0';
}

/* Method{parameters}, with + if it wants more. */
static inline void fake_words(const char *text, struct buf *ret)
{
	struct varlink_call call;
	char *p;

	if (varlink_parse_call(text, strlen(text), &call) != VARLINK_OK) {
		ck_assert_int_eq(buf_puts(ret, "(no call)"), 0);
		return;
	}
	p = json_dumps(call.parameters, JSON_COMPACT);
	ck_assert_int_eq(buf_printf(ret, "%s%s%s", call.method, p, call.more ? "+" : ""), 0);
	free(p);
	varlink_call_done(&call);
}

static inline void fake_say(int fd, const char *line, size_t len)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const size_t error = strcspn(line, "{");
	int r = 0;

	if (*line == '#')
		r = buf_append(&b, line + 1, len - 1);
	else if (*line == '!')
		r = buf_printf(&b, "{\"error\":\"%s%.*s\",\"parameters\":%.*s}%c",
			       memchr(line, '.', error) ? "" : CONTROL_INTERFACE ".",
			       (int)error - 1, line + 1, (int)(len - error), line + error, 0);
	else if (*line == '+')
		r = buf_printf(&b, "{\"parameters\":%.*s,\"continues\":true}%c", (int)len - 1,
			       line + 1, 0);
	else if (*line == '{')
		r = buf_printf(&b, "{\"parameters\":%.*s}%c", (int)len, line, 0);
	ck_assert_int_eq(r, 0);
	(void)!send(fd, b.data, b.len, MSG_NOSIGNAL);
	if (*line == '.')
		(void)!read(fd, &(char){ 0 }, 1);
}

static inline void fake_serve(int fd, const struct exchange *x)
{
	_cleanup_(buf_done) struct buf words = BUF_INIT, refusal = BUF_INIT;
	char text[8192];
	const char *reply = x->reply;
	int with[FAKE_FDS];

	fake_hear(fd, text, sizeof text, with);
	fake_words(text, &words);
	if (x->call && strcmp(buf_str(&words), x->call) != 0) {
		json_t *o = json_pack("{s:s}", "what", buf_str(&words));
		char *p = json_dumps(o, JSON_COMPACT);

		ck_assert_int_eq(buf_printf(&refusal, "!Failed%s", p), 0);
		free(p);
		json_decref(o);
		reply = buf_str(&refusal);
	}
	if (with[0] >= 0 && x->log)
		(void)!write(with[0], x->log, strlen(x->log));
	while (reply && *reply) {
		const size_t len = strcspn(reply, "\n");

		fake_say(fd, reply, len);
		reply += len + (reply[len] == '\n');
	}
	for (int i = 0; i < FAKE_FDS; i++)
		fd_close(with[i]);
}

/* Begin to serve a list of exchanges. */
static inline void fake_begin(const struct exchange *x)
{
	fake.pid = fork();
	ck_assert_int_ge(fake.pid, 0);
	if (fake.pid)
		return;
	for (size_t i = 0; i < EXCHANGES && (x[i].call || x[i].reply); i++) {
		const int fd = accept4(fake.listening, NULL, NULL, SOCK_CLOEXEC);

		fake_serve(fd, &x[i]);
		close(fd);
	}
	/* Nobody else is expected: who comes all the same is hung up on. */
	for (;;)
		close(accept4(fake.listening, NULL, NULL, SOCK_CLOEXEC));
}

/* What one run of reevectl left behind. */
struct result {
	char *out, *err;
	int status;
};

static inline void result_done(struct result *r)
{
	free(r->out);
	free(r->err);
}

/* Run a command line, its words separated by single blanks. */
static inline struct result ctl_with(const char *line, bool json, bool terminal)
{
	struct result r = { 0 };
	size_t out_len, err_len, n = 0;
	char copy[1024], *words[64], *rest;
	struct ctl c = { .json = json,
			 .terminal = terminal,
			 .url = fake.url,
			 .path = fake.path,
			 .patience = 10000 };

	snprintf(copy, sizeof copy, "%s", line);
	for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
		words[n++] = w;
	c.out = open_memstream(&r.out, &out_len);
	c.err = open_memstream(&r.err, &err_len);
	ctl_run(&c, n, words);
	fclose(c.out);
	fclose(c.err);
	r.status = c.status;
	return r;
}

static inline void expect(const struct row *row, bool json, bool terminal)
{
	struct result r;

	fake_begin(row->x);
	r = ctl_with(row->words, json, terminal);
	fake_end();
	ck_assert_str_eq(r.out, row->out ? row->out : "");
	ck_assert_str_eq(r.err, row->err ? row->err : "");
	ck_assert_int_eq(r.status, row->status);
	result_done(&r);
}
