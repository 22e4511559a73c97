/* SPDX-License-Identifier: MIT */
/*
 * capture.h - where a job prints to while others print too: its standard output and error, each
 * in a file in memory that nobody else can see.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"

enum { CAPTURE_STREAMS = 2 };

struct capture {
	int fds[CAPTURE_STREAMS]; /* standard output and error; -1: closed */
	struct buf text[CAPTURE_STREAMS]; /* instead, where there was little */
};

#define CAPTURE_NONE                                                                           \
	{                                                                                      \
		.fds = { -1, -1 }                                                              \
	}

/* 0 or -errno. */
_must_check_ int capture_open(struct capture *c);
void capture_close(struct capture *c);

/* Once the job has ended: keep what is little as text, and close the file; so that many may
 * wait for their turn. Returns whether there is anything at all; -errno. */
_must_check_ int capture_fold(struct capture *c);

/* Copy what stands at @at of a stream; how many bytes, 0 at its end; -errno. */
_must_check_ ssize_t capture_read(const struct capture *c, int stream, uint64_t at, char *to,
				  size_t size);
