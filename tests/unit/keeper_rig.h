/* SPDX-License-Identifier: MIT */
/*
 * keeper_rig.h - a keeper whose manager and logger are the test.
 *
 * The test program is also reeved, reeve-manager and reeve-logger: it is copied under these
 * names, and rig_main() does what its name asks for. A false manager or logger hands its links
 * to the test and then does nothing but wait for its end, so that a test says and hears
 * everything itself. Every wait is for an event; the case's timeout ends a test for which it
 * does not come.
 */
#pragma once

#include <sys/types.h>

#include "base/buf.h"
#include "base/list.h"
#include "daemon/sys/channel.h"

/* A false manager or logger, of which the test has the links. */
struct actor {
	pid_t pid; /* 0: has not come */
	uid_t uid;
	int stage; /* an exit status written here ends it */
	struct channel *link; /* to the keeper */
	int peer; /* the link to the other one, as it was started with */
	bool first; /* what HELLO said */
	bool mute; /* does not answer PING */
	bool gone; /* the keeper closed the link */
	struct list inbox;
	unsigned pings;
};

struct rig {
	char dir[96];
	struct loop *loop;
	int listener;
	pid_t keeper; /* the process that was started */
	int output; /* what it and its children write */
	struct buf said;
	struct actor manager, logger;
};

/* A frame that came, with copies of what it points to. */
struct heard {
	struct list link;
	struct link_msg m;
	char text[256]; /* of HELLO the logfile, DEPOSIT the name, LOG the text */
	int fd;
};

/* What main() of a test program is. If RIG_LEAPS is set to "MS,MS…", each SIGUSR1 to reeved
 * makes it do once what it would do after so many milliseconds more, and log "leapt". */
int rig_main(int argc, char **argv, int (*tests)(void));

void rig_init(struct rig *r);
void rig_done(struct rig *r);

/* Start reeved with one argument, or none. */
void rig_start(struct rig *r, const char *arg);

/* Wait until the next manager or logger has come; it replaces the present one. */
void rig_await(struct rig *r, struct actor *a);

/* Wait for the next frame of that type; others before it are dropped. */
struct heard rig_hear(struct rig *r, struct actor *a, enum link_type type);

/* The next frame that is no LOG is of that type, or of any. */
struct heard rig_hear_next(struct rig *r, struct actor *a, enum link_type type);

struct heard rig_hear_any(struct rig *r, struct actor *a);

/* Wait for a line of the daemon's log that has @text in it. */
void rig_hear_line(struct rig *r, const char *text);

/* How many frames of @type came so far and were not asked for. */
unsigned rig_unheard(struct actor *a, enum link_type type);

void rig_say(struct actor *a, const struct link_msg *m, int fd);
void rig_say_fds(struct actor *a, const struct link_msg *m, const int *fds, size_t n);
void rig_say_type(struct actor *a, enum link_type type);

/* Up to READY, with these settings; the logger has heard BEGIN. */
void rig_start_ready(struct rig *r, const struct link_settings *settings);

/* End it by SIGKILL, and wait for the next one. */
void rig_replace(struct rig *r, struct actor *a);

/* End it with this exit status, and do not wait. */
void rig_exit(struct actor *a, int status);

/* FINISH; the logger and reeved end as they should. */
void rig_finish(struct rig *r);

/* Wait for reeved's end: its exit status; what it wrote is in said. */
int rig_ended(struct rig *r);

/* SPAWN of "sh -c SCRIPT". */
void rig_spawn(struct rig *r, uint32_t id, uint32_t gen, const char *script);
void rig_spawn_as(struct rig *r, uint32_t id, uint32_t gen, const char *script,
		  const struct link_spawn *more);
void rig_spawn_with(struct rig *r, uint32_t id, uint32_t gen, const char *script,
		    const struct link_spawn *more, const int *fds, size_t n);

/* Wait until @fd has given @text, and that alone. */
void rig_reads(int fd, const char *text);
