/* SPDX-License-Identifier: MIT */
/*
 * ctl_script.h - reevectl against a daemon that plays a script on several connections at once.
 *
 * Long, because a test program is one source and several share this.
 *
 * A script has a line for each step; the first character names the connection, which is
 *accepted when it is first heard from. 1< Method{parameters}+	hear this call
 *	1> {…}			say a reply, as in ctl_harness.h: +{…} !Error{…} #bytes
 *	1w1 text		write a line to descriptor 1 of its last call
 *	1c0			close descriptor 0 of it
 *	1r0 text		read exactly this from descriptor 0 of it
 *	1.			wait until reevectl hangs up
 *	1x			hang up
 *	!INT			send a signal to reevectl
 *	-			close all connections and the socket for a moment: the manager
 *dies In what is heard, the key of the session is KEY and the directory is CWD. A script that
 *is not played to its end, as it stands, fails the test with the step and with what came
 *instead.
 */
#pragma once

#include <errno.h>
#include <sys/mman.h>

#include "conf/value.h"
#include "ctl_harness.h"

enum { CONNECTIONS = 8 };

struct stage {
	int fd;
	int with[FAKE_FDS];
};

struct player {
	struct stage on[CONNECTIONS];
	pid_t ctl; /* reevectl */
};

/* The environment that reevectl is run in. */
static char *const script_environ[] = { (char[]){ "PATH=/bin" }, (char[]){ "A=1" }, NULL };

/* Replace each @from in @s. */
static inline void script_replace(struct buf *s, const char *from, const char *to)
{
	_cleanup_(buf_done) struct buf out = BUF_INIT;
	const char *at = buf_str(s), *hit;
	int r = 0;

	for (; *from && (hit = strstr(at, from)); at = hit + strlen(from)) {
		r |= buf_append(&out, at, (size_t)(hit - at));
		r |= buf_puts(&out, to);
	}
	r |= buf_puts(&out, at);
	ck_assert_int_eq(r, 0);
	buf_clear(s);
	ck_assert_int_eq(buf_puts(s, buf_str(&out)), 0);
}

/* "session":"<32 digits>" becomes "session":"KEY". */
static inline void script_neutral(struct buf *s)
{
	static const char member[] = "\"session\":\"";
	const char *at = strstr(buf_str(s), member);
	char key[33], cwd[4096];

	if (at && strcspn(at + strlen(member), "\"") == 32) {
		snprintf(key, sizeof key, "%.32s", at + strlen(member));
		script_replace(s, key, "KEY");
	}
	ck_assert_ptr_nonnull(getcwd(cwd, sizeof cwd));
	script_replace(s, cwd, "CWD");
}

static inline _Noreturn void script_fail(const char *step, const char *instead)
{
	fprintf(stderr, "step: %.*s\ncame: %s\n", (int)strcspn(step, "\n"), step, instead);
	_exit(1);
}

static inline void script_hear(struct stage *on, const char *step, size_t len)
{
	_cleanup_(buf_done) struct buf words = BUF_INIT;
	char text[16384];

	if (on->fd < 0)
		on->fd = accept4(fake.listening, NULL, NULL, SOCK_CLOEXEC);
	for (int i = 0; i < FAKE_FDS; i++)
		on->with[i] = fd_close(on->with[i]);
	fake_hear(on->fd, text, sizeof text, on->with);
	fake_words(text, &words);
	script_neutral(&words);
	if (words.len != len - 3 || memcmp(words.data, step + 3, len - 3) != 0)
		script_fail(step, buf_str(&words));
}

static inline void script_write(const struct stage *on, const char *step, size_t len)
{
	const int fd = on->with[step[2] - '0'];

	if (write(fd, step + 4, len - 4) != (ssize_t)len - 4 || write(fd, "\n", 1) != 1)
		script_fail(step, strerror(errno));
}

static inline void script_read(const struct stage *on, const char *step, size_t len)
{
	char text[256] = "";

	if (read(on->with[step[2] - '0'], text, sizeof text - 1) != (ssize_t)len - 4 ||
	    memcmp(text, step + 4, len - 4) != 0)
		script_fail(step, text);
}

/* As when a manager is killed: its connections end, and the socket stays. */
static inline void script_die(struct player *p)
{
	for (int i = 0; i < CONNECTIONS; i++)
		p->on[i].fd = fd_close(p->on[i].fd);
}

static inline void script_signal(const struct player *p, const char *step, size_t len)
{
	char name[16];
	int number;
	_cleanup_(buf_done) struct buf why = BUF_INIT;

	snprintf(name, sizeof name, "%.*s", (int)len - 1, step + 1);
	if (value_signal(name, &number, &why) != VALUE_OK || kill(p->ctl, number) < 0)
		script_fail(step, "no such signal");
}

static inline void script_on(struct stage *on, const char *step, size_t len)
{
	switch (step[1]) {
	case '<':
		script_hear(on, step, len);
		break;
	case '>':
		fake_say(on->fd, step + 3, len - 3);
		break;
	case 'w':
		script_write(on, step, len);
		break;
	case 'r':
		script_read(on, step, len);
		break;
	case '.':
		if (read(on->fd, &(char){ 0 }, 1) > 0)
			script_fail(step, "more");
		break;
	case 'x':
		on->fd = fd_close(on->fd);
		break;
	case 'c':
		on->with[step[2] - '0'] = fd_close(on->with[step[2] - '0']);
		break;
	default:
		script_fail(step, "this is no step");
	}
}

static inline _Noreturn void script_play(const char *script, pid_t ctl)
{
	struct player p = { .ctl = ctl };

	for (int i = 0; i < CONNECTIONS; i++)
		p.on[i] = (struct stage){ -1, { -1, -1, -1 } };
	while (*script) {
		const size_t len = strcspn(script, "\n");

		if (*script == '!')
			script_signal(&p, script, len);
		else if (*script == '-')
			script_die(&p);
		else
			script_on(&p.on[*script - '0'], script, len);
		script += len + (script[len] == '\n');
	}
	_exit(0);
}

static inline void script_begin(const char *script)
{
	const pid_t ctl = getpid();

	fake.pid = fork();
	ck_assert_int_ge(fake.pid, 0);
	if (!fake.pid)
		script_play(script, ctl);
}

static inline void script_end(void)
{
	int status;

	ck_assert_int_eq(waitpid(fake.pid, &status, 0), fake.pid);
	fake.pid = 0;
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the script was not "
								     "played to its end");
}

/* What came of a run of reevectl, and what was written to its standard streams. */
struct played {
	struct result r;
	char *streams[3];
};

static inline void played_done(struct played *p)
{
	result_done(&p->r);
	for (int i = 0; i < 3; i++)
		free(p->streams[i]);
}

static inline char *script_content(int fd)
{
	char *text = calloc(1, 65536);

	ck_assert_ptr_nonnull(text);
	ck_assert_int_ge(pread(fd, text, 65535, 0), 0);
	return text;
}

/* Run reevectl with @n words while the daemon plays; @in is its standard input. */
static inline struct played play(const char *script, const char *in, size_t n,
				 char *const *words)
{
	struct ctl c = {
		.url = fake.url, .path = fake.path, .patience = 10000, .environ = script_environ
	};
	struct played p = { 0 };
	size_t out_len, err_len;

	for (int i = 0; i < 3; i++) {
		c.streams[i] = memfd_create("stream", MFD_CLOEXEC);
		ck_assert_int_ge(c.streams[i], 0);
	}
	ck_assert_int_eq(pwrite(c.streams[0], in, strlen(in), 0), (ssize_t)strlen(in));
	c.out = open_memstream(&p.r.out, &out_len);
	c.err = open_memstream(&p.r.err, &err_len);
	script_begin(script);
	ctl_run(&c, n, words);
	fclose(c.out);
	fclose(c.err);
	script_end();
	for (int i = 0; i < 3; i++) {
		p.streams[i] = script_content(c.streams[i]);
		close(c.streams[i]);
	}
	p.r.status = c.status;
	return p;
}

#define WORDS(...)                                                                             \
	(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)),                            \
		(char *const *)(uintptr_t)(const char *[])                                     \
	{                                                                                      \
		__VA_ARGS__                                                                    \
	}
