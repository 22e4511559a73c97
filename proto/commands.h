/* SPDX-License-Identifier: MIT */
/*
 * commands.h - every command, in one table for both programs.
 *
 * reevectl takes words, usage and help from it; the manager takes methods, rights and the types
 * of parameters. Each has an array of handlers of its own, indexed by the same enum, so that a
 * missing one is a NULL that a test finds. (Long: a line for each.)
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

enum command_id {
	CMD_STATUS,
	CMD_PID, /* of reevectl only: asks by Status or Info */
	CMD_START,
	CMD_STOP,
	CMD_RESTART,
	CMD_SIGNAL,
	CMD_TAIL,
	CMD_AVAIL,
	CMD_REREAD,
	CMD_UPDATE,
	CMD_ADD,
	CMD_REMOVE,
	CMD_RELOAD,
	CMD_SHUTDOWN,
	CMD_INFO, /* "version" */
	CMD_RUN,
	CMD_MAP, /* of reevectl only: many Runs */
	CMD_JOBS,
	CMD_POLL, /* of reevectl only: asks by Jobs */
	CMD_WAIT,
	CMD_OUTPUT,
	CMD_KILL,
	CMD_FORGET,
	CMD_WHY,
	CMD_EVENTS,
	CMD_LOGS,
	CMD_MAINTAIL,
	CMD_CLEAR,
	CMD_ROTATE,
	CMD_REOPEN,
	CMD_ATTACH, /* no word of the command line: run and map ask it */
	CMD_HELP, /* of reevectl only */
};
enum { COMMAND_N = CMD_HELP + 1 };

/* What a peer may do; each includes those before it. */
enum command_right { RIGHT_NONE, RIGHT_LOOK, RIGHT_OPERATE, RIGHT_ADMINISTER };

enum {
	COMMAND_STREAMS = 1, /* with "more", replies come as things happen */
	COMMAND_CARRIES_FD = 2, /* one descriptor comes with the call */
	COMMAND_WAITS = 4, /* for programs: may take as long as they do */
	COMMAND_CARRIES_FDS = 8, /* up to COMMAND_FDS descriptors come with the call */
	COMMAND_VERBATIM = 16, /* of reevectl: its words are not split, for it runs them */
};

/* For the reader of help, in the order in which help shows them. */
enum command_purpose {
	PURPOSE_LOOK,
	PURPOSE_RUN,
	PURPOSE_LOGS,
	PURPOSE_JOBS,
	PURPOSE_FILE,
	PURPOSE_DAEMON,
	PURPOSE_OTHER
};
enum { PURPOSE_N = PURPOSE_OTHER + 1 };

enum param_type {
	PARAM_STRING,
	PARAM_STRINGS,
	PARAM_INT,
	PARAM_INTS,
	PARAM_BOOL,
	PARAM_OBJECT, /* that it is one is all that is checked here */
};

struct param {
	const char *name; /* NULL ends a list */
	enum param_type type;
	bool optional; /* may be absent or null */
	const char *object; /* the name of an object's type in the interface */
};

enum { COMMAND_PARAMS = 6, COMMAND_FDS = 3 };

struct command {
	const char *word; /* on the command line; NULL: none */
	const char *method; /* of io.reeve.control, without the interface; NULL: none */
	const char *args; /* synopsis */
	const char *help; /* one line */
	const char *usage; /* the rest: one form per line, "form<TAB>what it does" */
	const char *wants; /* "<word> requires …", said when words are missing */
	int min_args, max_args; /* max -1: as many as you like */
	int few_status; /* exit status of reevectl when words are missing: supervisorctl's */
	enum command_purpose purpose;
	enum command_right right;
	unsigned flags;
	struct param params[COMMAND_PARAMS + 1];
};

extern const struct command commands[COMMAND_N];

/* By the word of the command line, or by the method's name without its interface. NULL if
 * there is none. */
const struct command *command_by_word(const char *word);
const struct command *command_by_method(const char *method);

enum command_id command_id(const struct command *c);

/*
 * Check an object of parameters against the table: all there, none unknown, all of their type
 * (an optional one may be null). NULL if they are right, else the name of the first that is
 * not, borrowed from the table or from @params.
 */
const char *command_check(const struct command *c, json_t *params);

/* "look", "operate", "administer", "none". */
const char *right_word(enum command_right r);

/* The heading for a purpose in help. */
const char *purpose_title(enum command_purpose p);
