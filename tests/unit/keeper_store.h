/* SPDX-License-Identifier: MIT */
/*
 * keeper_store.h - a keeper that was started by systemd, which is the test: it holds the
 * descriptors that the keeper asks it to, and starts the next keeper with them. (Long: all that
 * systemd does for this is here.)
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "tests/unit/keeper_words.h"

enum { COPIES_MAX = 64 };

static int inbox;
static struct copy {
	int fd;
	char name[64];
} copies[COPIES_MAX];
static size_t n_copies;

/* --- systemd ----------------------------------------------------------------------------- */

static inline void setup_store(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	n_copies = 0;
	rig_init(&rig);
	(void)snprintf(at.sun_path, sizeof at.sun_path, "%.90s/systemd", rig.dir);
	inbox = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(inbox, 0);
	ck_assert_int_eq(bind(inbox, (const struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", at.sun_path, 1), 0);
	ck_assert_int_eq(setenv("FDSTORE", "60", 1), 0);
	rig_start_ready(&rig, &plain);
}

static inline void teardown_store(void)
{
	rig_done(&rig);
	inbox = fd_close(inbox);
	while (n_copies)
		fd_close(copies[--n_copies].fd);
}

static inline void forget_copy(const char *name)
{
	for (size_t i = n_copies; i-- > 0;)
		if (strcmp(copies[i].name, name) == 0) {
			fd_close(copies[i].fd);
			copies[i] = copies[--n_copies];
		}
}

/* The next message, done as it asks for; its text. */
static inline const char *obey(int flags)
{
	static char text[512];
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { text, sizeof text - 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof control };
	const ssize_t n = recvmsg(inbox, &m, MSG_CMSG_CLOEXEC | flags);
	struct copy c = { .fd = -1 };

	if (n < 0 && errno == EAGAIN)
		return NULL;
	ck_assert_int_gt((int)n, 0);
	text[n] = '\0';
	if (CMSG_FIRSTHDR(&m))
		memcpy(&c.fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof c.fd);
	if (sscanf(text, "FDSTOREREMOVE=1\nFDNAME=%63s", c.name) == 1)
		forget_copy(c.name);
	if (sscanf(text, "FDSTORE=1\nFDPOLL=0\nFDNAME=%63s", c.name) == 1) {
		ck_assert_int_ge(c.fd, 0);
		ck_assert_uint_lt(n_copies, COPIES_MAX);
		copies[n_copies++] = c;
	}
	return text;
}

static inline struct copy *copy_of(const char *begin)
{
	for (size_t i = 0; i < n_copies; i++)
		if (strncmp(copies[i].name, begin, strlen(begin)) == 0)
			return &copies[i];
	return NULL;
}

/* Wait until there is one whose name begins so. */
static inline struct copy *await_copy(const char *begin)
{
	while (!copy_of(begin))
		(void)obey(0);
	return copy_of(begin);
}

static inline void await_no_copy(const char *begin)
{
	while (copy_of(begin))
		(void)obey(0);
}

static inline _Noreturn void become_reeved(const int *out)
{
	char path[160], names[COPIES_MAX * 64] = "", number[16];
	size_t len = 0;

	(void)dup2(out[1], 1);
	(void)dup2(out[1], 2);
	for (size_t i = 0; i < n_copies; i++) /* out of the way first */
		copies[i].fd = fcntl(copies[i].fd, F_DUPFD, 100);
	for (size_t i = 0; i < n_copies; i++) {
		(void)dup2(copies[i].fd, 3 + (int)i);
		(void)close(copies[i].fd);
		len += (size_t)snprintf(names + len, sizeof names - len, "%s%s", i ? ":" : "",
					copies[i].name);
	}
	(void)snprintf(number, sizeof number, "%zu", n_copies);
	(void)setenv("LISTEN_FDS", number, 1);
	(void)snprintf(number, sizeof number, "%d", (int)getpid());
	(void)setenv("LISTEN_PID", number, 1);
	(void)setenv("LISTEN_FDNAMES", names, 1);
	(void)snprintf(path, sizeof path, "%s/reeved", rig.dir);
	(void)execl(path, path, NULL);
	_exit(97);
}

/* What it said last counts, too. */
static inline void kill_keeper(void)
{
	ck_assert_int_eq(kill(rig.keeper, SIGKILL), 0);
	ck_assert_int_eq(waitpid(rig.keeper, NULL, 0), rig.keeper);
	rig.keeper = 0;
	while (obey(MSG_DONTWAIT))
		;
}

static inline void start_again(void)
{
	int out[2];

	if (manager->link)
		rig_exit(manager, 0);
	if (logger->link)
		rig_exit(logger, 0);
	manager->pid = logger->pid = 0;
	closep(&rig.output);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	rig.keeper = fork();
	ck_assert_int_ge(rig.keeper, 0);
	if (rig.keeper == 0)
		become_reeved(out);
	fd_close(out[1]);
	rig.output = out[0];
}
