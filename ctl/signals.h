/* SPDX-License-Identifier: MIT */
/*
 * signals.h - what a terminal or another process tells us by signals, for us to pass on.
 *
 * Taken are HUP, INT, QUIT, TERM, TSTP, CONT and WINCH, but for those that this process was
 * started to ignore (nohup(1); what a shell runs in the background).
 */
#pragma once

#include "base/cleanup.h"
#include "base/mono.h"

struct signals {
	int fd; /* readable when there is one */
	mono_t last; /* when the last came that wants an end */
	unsigned times; /* how many of those came within SIGNALS_REACH of each other */
};

enum { SIGNALS_REACH = 2000 /* ms */ };

#define SIGNALS_NONE                                                                           \
	{                                                                                      \
		.fd = -1                                                                       \
	}

/* From now on they are read here, and do nothing else. 0 or -errno. */
_must_check_ int signals_take(struct signals *s);

/* The next one, or 0. If it wants an end (HUP, INT, QUIT, TERM), times says how insistently. */
int signals_read(struct signals *s);

void signals_done(struct signals *s);
