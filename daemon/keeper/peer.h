/* SPDX-License-Identifier: MIT */
/*
 * peer.h - the manager or the logger, as the keeper sees it. peers.c writes to it.
 */
#pragma once

#include <sys/types.h>

#include "daemon/sys/channel.h"

/* A program of ours that is started again whenever it ends. */
struct peer {
	const char *name; /* "reeve-manager" */
	char *path;
	char **argv;
	bool wanted; /* false: not yet, or no longer */
	pid_t pid; /* 0: does not run */
	int pidfd, report; /* -1: none */
	struct channel *link; /* NULL: none */
	channel_fn *on_frame;
	bool link_lost; /* noted inside of a callback, acted on at the end of the turn */
	unsigned ends; /* since it is wanted */
	unsigned failures; /* starts in a row after which it did not run for long */
	mono_t started, next_start;
	mono_t flush_at; /* what was said goes out then; MONO_NEVER: there is nothing */
	mono_t pong_due; /* MONO_NEVER: it owes none */
	int wait_status; /* of the last one */
};
