/* SPDX-License-Identifier: MIT */
/*
 * follow.h - a call that goes on until Ctrl-C, also when the daemon's manager is replaced.
 */
#pragma once

#include <poll.h>

#include "ctl/ctl.h"

struct follow {
	struct ctl *ctl;
	struct client *client; /* NULL: not connected */
	int interrupts; /* a signalfd; -1: Ctrl-C is what it always is */
	mono_t due; /* give up if there was no reply until then; MONO_NEVER: there was one */
};

/* Outcomes of follow_wait(). */
enum {
	FOLLOW_REPLY,
	FOLLOW_READY, /* the other descriptor is */
	FOLLOW_AGAIN, /* the manager has gone: call again */
	FOLLOW_OVER, /* Ctrl-C, or it went wrong, which was said */
};

/* From now on Ctrl-C is an end like any other, if @catch. */
void follow_begin(struct follow *f, struct ctl *c, bool catch);
void follow_done(struct follow *f);

/*
 * Make a call; @parameters are stolen, @fd goes with it unless it is -1. An earlier one is
 * given up. False: what went wrong was said.
 */
bool follow_call(struct follow *f, enum command_id id, json_t *parameters, bool more, int fd);

/*
 * Wait for a reply to that call, which is *@ret for the caller to free, or until @other (-1:
 * none) can be read. An error of the daemon is a reply, too.
 */
_must_check_ int follow_wait(struct follow *f, int other, struct varlink_reply *ret);
