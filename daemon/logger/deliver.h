/* SPDX-License-Identifier: MIT */
/*
 * deliver.h - lines to where they are messages: syslog and the journal. Blocks.
 *
 * A chunk for them has records: the pid of the program (0: unknown), a blank, the line. Whose
 * they are is in the name of the target. A record that a logger died with may come twice.
 */
#pragma once

#include "daemon/logger/logfile.h"

enum { DELIVER_NAME = 512 };

/* The name of the target for one stream: "@kind:@id:@stream:@group:@name". */
void deliver_name(char ret[DELIVER_NAME], const char *kind, uint32_t id, const char *stream,
		  const char *group, const char *name);

/* Send what is in @c, noting in c->done how far that went. 0, -EAGAIN (the other side does not
 * take more now), or -errno: @f, whose descriptor is the socket, is closed. */
_must_check_ int deliver(struct logfile *f, const struct logrule *rule, struct chunk *c,
			 int64_t wall_ms);
