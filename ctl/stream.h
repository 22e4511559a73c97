/* SPDX-License-Identifier: MIT */
/*
 * stream.h - a log that the daemon's logger writes to a pipe of ours, shown as it comes.
 */
#pragma once

#include "ctl/ctl.h"

struct stream_plan {
	enum command_id id;
	json_t *parameters; /* stolen */
	bool follow; /* Ctrl-C is an end like any other */
	const char *announce; /* a line to say once the daemon was reached, or NULL */
	/* Say an error of the daemon; false: ask_refused() shall. NULL: none. */
	bool (*refused)(struct ctl *c, const struct varlink_reply *reply, const void *data);
	const void *data;
};

/* Show it until its end; with json it is appended to @text instead. False: by Ctrl-C, or
 * because something went wrong, which was said. */
bool stream_show(struct ctl *c, const struct stream_plan *plan, struct buf *text);

/* A JSON string of what was read; @text is changed. */
json_t *stream_text(struct buf *text);
