/* SPDX-License-Identifier: MIT */
/*
 * ctl.h - one run of reevectl: where it talks to, where it prints, how it will exit.
 *
 * What is printed on standard output is supervisorctl's, to the letter, for scripts read it.
 * With json it is one JSON value, and complaints move to standard error.
 */
#pragma once

#include <stdio.h>

#include "ctl/client.h"
#include "proto/commands.h"

/* Exit statuses, as supervisorctl's. */
enum {
	EXIT_OK = 0,
	EXIT_GENERIC = 1,
	EXIT_USAGE = 2,
	EXIT_UNIMPLEMENTED = 3,
	EXIT_STATUS_DOWN = 3, /* of status: some are not running */
	EXIT_STATUS_UNKNOWN = 4, /* of status: unknown name, or no daemon */
	EXIT_DENIED = 4,
	EXIT_DOWN = 7,
};

struct ctl {
	FILE *out, *err;
	bool json;
	bool apart; /* complaints go to err, for out is what jobs print to */
	bool terminal; /* out is one: what comes from elsewhere is escaped */
	int streams[3]; /* descriptors: standard input, output and error, for jobs */
	char *const *environ; /* for jobs */
	const char *url; /* "unix:///run/reeve/reeve.sock" */
	const char *path; /* of the socket */
	msec_t patience; /* for what does not depend on programs */
	enum command_id command; /* that was asked for */
	int status; /* that reevectl will exit with */
	json_t *gathered; /* with json: the members of all replies */
};

/* What a reply says; @parameters are borrowed. */
typedef void reply_fn(struct ctl *c, const json_t *parameters, void *data);

/* A line of the output; not with json. */
__attribute__((format(printf, 2, 3))) void ctl_say(struct ctl *c, const char *fmt, ...);

/* A complaint that supervisorctl prints to standard output; the exit status becomes @status,
 * unless that is 0. */
__attribute__((format(printf, 3, 4))) void complain(struct ctl *c, int status, const char *fmt,
						    ...);

/* A remark for a person, to standard error. */
__attribute__((format(printf, 2, 3))) void remark(struct ctl *c, const char *fmt, ...);

/*
 * Make a call of @id with @parameters (stolen) and hand each reply to @fn, which may be NULL.
 * True if it came to a good end; else what went wrong is said and the exit status set.
 */
bool ask(struct ctl *c, enum command_id id, json_t *parameters, reply_fn *fn, void *data);

/* The same, with descriptors. */
bool ask_with(struct ctl *c, enum command_id id, json_t *parameters, const int *fds,
	      unsigned n_fds, reply_fn *fn, void *data);

/* The same in two steps, for who has more to do between call and reply. False: said. */
bool ask_begin(struct ctl *c, enum command_id id, json_t *parameters, const int *fds,
	       unsigned n_fds, struct client **ret);
bool ask_failed(struct ctl *c, int error); /* always false */
bool ask_refused(struct ctl *c, const struct varlink_reply *reply); /* always false */

/* Parameters with one member, an array of @n words. NULL without memory. */
json_t *words_param(const char *key, size_t n, char *const *words);

/* Print a JSON value, with json; @value is borrowed, NULL prints nothing. */
void print_json(struct ctl *c, const json_t *value);
