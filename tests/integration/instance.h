/* SPDX-License-Identifier: MIT */
/*
 * instance.h - a real instance of the daemon in a directory of its own, for a test to play
 * with.
 *
 * What is asked of it is asserted: a function returns only if it could do its work in the time
 * that a patient person would wait. Nothing sleeps: readiness comes by sd_notify, what programs
 * do through a FIFO that puppets write to, what the daemon decides by its log.
 *
 * "puppet" is in the PATH of the daemon, and %(here)s is the directory.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "tests/unit/harness.h"

struct instance {
	char dir[256];
	char conf[300];
	pid_t pid; /* of the keeper; 0: none runs */
	int pidfd, events, notify, changes;
	struct buf heard; /* events that nobody has asked for yet */
	char *const *more_env; /* NULL-ended; over the test's own environment */
};

/* What a program said and how it ended. */
struct outcome {
	int status; /* exit code; 128 + signal */
	struct buf out, err;
};

/* Also makes this process the one that orphans are given to. */
void instance_init(struct instance *in);
void instance_done(struct instance *in);

/* Write a file; a path without '/' is in the directory. */
void instance_write(struct instance *in, const char *path, const char *text);

/* Write the configuration file: sections for the daemon, then @programs. */
void instance_configure(struct instance *in, const char *programs);

/* Start reeved in the foreground and wait until it is ready. */
void instance_start(struct instance *in);

void instance_run(struct instance *in, const char *programs);

/* Run reeved with @args to its end; for starts that are refused, and for daemonizing. */
void instance_reeved(struct instance *in, struct outcome *o, const char *const *args);

/* Send @signo to the keeper. */
void instance_signal(struct instance *in, int signo);

/* Wait for the keeper's end; its exit code, or 128 + signal. */
int instance_ended(struct instance *in);

/* Fails if anything that it started lives on. */
void instance_nothing_left(struct instance *in);

/* SIGTERM; exit code 0; nothing left. */
void instance_stop(struct instance *in);

/* The program of ours called @comm: "reeve-manager", "reeve-logger". */
pid_t instance_part(struct instance *in, const char *comm);

/* Wait until part @comm runs as another process than @old; its pid. */
pid_t instance_part_after(struct instance *in, const char *comm, pid_t old);

/* Wait until a puppet called @name says @word; its pid. Each event is given once. */
pid_t instance_hear(struct instance *in, const char *name, const char *word);

/* Whether it was said by now; it is not taken. */
bool instance_heard(struct instance *in, const char *name, const char *word);

/* The place of the event among those not taken, -1: not said. */
int instance_order_of(struct instance *in, const char *name, const char *word);

/* Forget all events so far. */
void instance_forget(struct instance *in);

/* Tell a waiting puppet what to do: "exit 3". */
void instance_order(struct instance *in, const char *name, const char *order);

/* What a puppet's "dump %(here)s/NAME.world" says about @key; malloc'ed, NULL if nothing. */
char *instance_world(struct instance *in, const char *name, const char *key);

/* Run "reevectl -c CONF ARGS...". */
void instance_ctl(struct instance *in, struct outcome *o, const char *const *args);
#define CTL(in, o, ...) instance_ctl(in, o, (const char *const[]){ __VA_ARGS__, NULL })

/* It must print exactly @out and end with @status. */
void instance_expect(struct instance *in, int status, const char *out, const char *const *args);
#define EXPECT_CTL(in, status, out, ...)                                                       \
	instance_expect(in, status, out, (const char *const[]){ __VA_ARGS__, NULL })

/* The process @name of "status --json"; free with json_decref. */
json_t *instance_status(struct instance *in, const char *name);
json_int_t instance_number(struct instance *in, const char *name, const char *key);
void instance_expect_text(struct instance *in, const char *name, const char *key,
			  const char *text);

/* Wait until @name is in @state: "RUNNING". */
void instance_reaches(struct instance *in, const char *name, const char *state);

/* Wait until the daemon's log has @text. */
void instance_logged(struct instance *in, const char *text);
bool instance_log_has(struct instance *in, const char *text);

/* Wait until the file @path in the directory has @text. */
void instance_file_has(struct instance *in, const char *path, const char *text);

/* Some child of process @parent that is alive, or 0; @comm if not NULL. */
pid_t pid_child(pid_t parent, const char *comm);

bool pid_alive(pid_t pid);
void pid_gone(pid_t pid); /* wait until it is */
void outcome_done(struct outcome *o);
