/* SPDX-License-Identifier: MIT */
/*
 * handed.h - descriptors that systemd starts a process with: sockets that it listens at for us,
 * and what we left with it before.
 */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"

struct handed_fd {
	int fd; /* taken by whom it concerns: TAKE_FD() */
	const char *name;
};

struct handed {
	struct handed_fd *v;
	size_t n;
	char *names;
};

/* What is for this process; nothing, for a process that systemd did not start. They are made
 * close-on-exec, and what says so is taken out of the environment. 0 or -ENOMEM. */
_must_check_ int handed_take(struct handed *ret);

/* Closes what was not taken. */
void handed_done(struct handed *h);
