/* SPDX-License-Identifier: MIT */
/*
 * printer.h - prints what jobs have printed, one job after the other, and never waits for who
 * reads it: a slow reader must not keep us from what the daemon has to say.
 */
#pragma once

#include <poll.h>

#include "base/list.h"
#include "ctl/capture.h"

struct printer {
	int to[CAPTURE_STREAMS]; /* borrowed */
	bool regular[CAPTURE_STREAMS]; /* files, which are always ready */
	struct list queue;
	int stream; /* of the first: where we are */
	uint64_t at;
	bool within; /* a line */
	struct buf out; /* what was read of it, with tags, and not yet written */
};

void printer_init(struct printer *p, const int to[CAPTURE_STREAMS]);
void printer_done(struct printer *p);

/* Queue what was captured, which becomes the printer's; each line begins with @tag and a tab,
 * unless it is NULL. 0 or -errno; it is closed then. */
_must_check_ int printer_add(struct printer *p, struct capture *c, const char *tag);

/* Whether there is something left to be printed; then fill in what to wait for. */
bool printer_busy(const struct printer *p);
struct pollfd printer_poll(const struct printer *p);

/* Print as much as goes once that is ready. 0, or -errno: it cannot be printed. */
_must_check_ int printer_write(struct printer *p);
