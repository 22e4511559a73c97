/* SPDX-License-Identifier: MIT */
/*
 * logger_rig.h - the real reeve-logger as a child, with this test as its keeper and manager.
 *
 * Included once, by a test program. Nothing here waits for a time: PONG says that what was
 * told before is done, and the end of the process that all is written.
 */
#pragma once

#include "tests/unit/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/level.h"
#include "daemon/sys/channel.h"

static char dir[64];
static struct loop *loop;
static struct channel *keeper, *manager;
static pid_t logger;
static uint32_t ponged, pings;
static int tailed; /* -1: no answer yet */

static void on_message(struct channel *c, void *owner, const struct link_msg *m, int *fd)
{
	(void)c, (void)owner, (void)fd;
	if (m && m->type == LINK_PONG)
		ponged = m->number.value;
	if (m && m->type == LINK_TAILED)
		tailed = m->tail.error;
}

static void become_logger(int keeper_end, int manager_end)
{
	char self[PATH_MAX], path[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	self[n > 0 ? n : 0] = '\0';
	for (int i = 0; i < 3; i++) /* build/tests/unit/test_logger */
		(void)dirname(self);
	(void)snprintf(path, sizeof path, "%s/reeve-logger", self);
	/* Above the two places first: one end may be where the other has to go. */
	keeper_end = fcntl(keeper_end, F_DUPFD_CLOEXEC, 10);
	manager_end = fcntl(manager_end, F_DUPFD_CLOEXEC, 10);
	(void)dup2(keeper_end, LINK_KEEPER_FD);
	(void)dup2(manager_end, LINK_PEER_FD);
	execl(path, path, (char *)NULL);
	_exit(127);
}

static void logger_start(void)
{
	int k[2], m[2];

	ck_assert_int_eq(channel_pair(k), 0);
	ck_assert_int_eq(channel_pair(m), 0);
	logger = fork();
	ck_assert_int_ge(logger, 0);
	if (logger == 0)
		become_logger(k[1], m[1]);
	close(k[1]);
	close(m[1]);
	ck_assert_int_eq(channel_new(loop, k[0], on_message, NULL, &keeper), 0);
	ck_assert_int_eq(channel_new(loop, m[0], on_message, NULL, &manager), 0);
}

static void tell(struct channel *c, const struct link_msg *m, int fd)
{
	ck_assert_int_eq(channel_send(c, m, fd), 0);
	channel_flush(c);
}

/* The logger has done all that the keeper told it, and is well. */
static void ping(void)
{
	tell(keeper, &(struct link_msg){ .type = LINK_PING, .number = { ++pings } }, -1);
	while (ponged != pings)
		loop_turn(loop);
}

/* How it ends: its wait status. */
static int logger_ended(void)
{
	int status = -1;

	ck_assert_int_eq(waitpid(logger, &status, 0), logger);
	logger = 0;
	keeper = channel_free(keeper);
	manager = channel_free(manager);
	return status;
}

static void finish(void)
{
	tell(keeper, &(struct link_msg){ .type = LINK_FINISH }, -1);
	manager = channel_free(manager);
	ck_assert_int_eq(logger_ended(), 0);
}

static void rig_make(void)
{
	scratch_make(dir, sizeof dir);
	ck_assert_int_eq(loop_new(&loop), 0);
	logger_start();
}

static void rig_done(void)
{
	if (logger)
		finish();
	loop = loop_free(loop);
	scratch_remove(dir);
}
