/* SPDX-License-Identifier: MIT */
#include "proto/commands.h"

#include <string.h>

#include "base/cleanup.h"

/* clang-format off */
#define NEEDS(name, type)	{ name, PARAM_##type, false, NULL }
#define MAY(name, type)		{ name, PARAM_##type, true, NULL }
#define NAMES			NEEDS("names", STRINGS)
#define SOME_NAMES		MAY("names", STRINGS)
#define GROUPS			NEEDS("groups", STRINGS)
#define SOME_GROUPS		MAY("groups", STRINGS)
#define IDS			NEEDS("ids", INTS)

const struct command commands[COMMAND_N] = {
	[CMD_STATUS] = {
		.word = "status", .method = "Status", .args = "[NAME...]",
		.help = "Show what runs.",
		.usage = "status\tall processes\n"
			 "status NAME...\tthese processes\n"
			 "status GROUP:*\tall processes of a group\n"
			 "Exit status: 0 all are up or on their way, 3 some are not, 4 unknown "
			 "name or no daemon.\n",
		.min_args = 0, .max_args = -1, .purpose = PURPOSE_LOOK,
		.right = RIGHT_LOOK, .params = { SOME_NAMES },
	},
	[CMD_PID] = {
		.word = "pid", .method = NULL, .args = "[NAME...|all]",
		.help = "Show process ids.",
		.usage = "pid\tof the daemon\n"
			 "pid NAME...\tof these processes, 0 for those that do not run\n"
			 "pid all\tof all processes, one per line\n",
		.min_args = 0, .max_args = -1, .purpose = PURPOSE_LOOK,
		.right = RIGHT_LOOK,
	},
	[CMD_START] = {
		.word = "start", .method = "Start", .args = "NAME...",
		.help = "Start processes and wait until they are up.",
		.usage = "start NAME...\tthese processes\n"
			 "start GROUP:*\tall processes of a group\n"
			 "start all\tall processes\n"
			 "Exit status: 0 all run, 7 some could not start, 1 other errors.\n",
		.wants = "a process name", .min_args = 1, .max_args = -1, .few_status = 2,
		.purpose = PURPOSE_RUN, .right = RIGHT_OPERATE,
		.flags = COMMAND_STREAMS | COMMAND_WAITS, .params = { NAMES, MAY("wait", BOOL) },
	},
	[CMD_STOP] = {
		.word = "stop", .method = "Stop", .args = "NAME...",
		.help = "Stop processes and wait until they are gone.",
		.usage = "stop NAME...\tthese processes\n"
			 "stop GROUP:*\tall processes of a group\n"
			 "stop all\tall processes\n",
		.wants = "a process name", .min_args = 1, .max_args = -1, .few_status = 1,
		.purpose = PURPOSE_RUN, .right = RIGHT_OPERATE,
		.flags = COMMAND_STREAMS | COMMAND_WAITS, .params = { NAMES, MAY("wait", BOOL) },
	},
	[CMD_RESTART] = {
		.word = "restart", .method = "Restart", .args = "NAME...",
		.help = "Stop processes, then start them.",
		.usage = "restart NAME...\tthese processes\n"
			 "restart GROUP:*\tall processes of a group\n"
			 "restart all\tall processes\n"
			 "The configuration file is not read again: see update.\n",
		.wants = "a process name", .min_args = 1, .max_args = -1, .few_status = 1,
		.purpose = PURPOSE_RUN, .right = RIGHT_OPERATE,
		.flags = COMMAND_STREAMS | COMMAND_WAITS, .params = { NAMES },
	},
	[CMD_SIGNAL] = {
		.word = "signal", .method = "Signal", .args = "SIGNAL NAME...",
		.help = "Send a signal to processes.",
		.usage = "signal SIGNAL NAME...\tto these processes\n"
			 "signal SIGNAL GROUP:*\tto all processes of a group\n"
			 "signal SIGNAL all\tto all processes\n"
			 "A signal is a name or a number: HUP, SIGHUP, 1.\n",
		.wants = "a signal name and a process name", .min_args = 2, .max_args = -1,
		.few_status = 1, .purpose = PURPOSE_RUN, .right = RIGHT_OPERATE,
		.params = { NAMES, NEEDS("signal", STRING) },
	},
	[CMD_TAIL] = {
		.word = "tail", .method = "Tail", .args = "[-f|-BYTES] NAME [stdout|stderr]",
		.help = "Show the end of a log.",
		.usage = "tail NAME\tthe last 1600 bytes of what it wrote to stdout\n"
			 "tail -100 NAME stderr\tthe last 100 bytes of its stderr\n"
			 "tail -f NAME\tthe end, and what comes, until Ctrl-C\n",
		.min_args = 1, .max_args = 3, .few_status = 1,
		.purpose = PURPOSE_LOGS, .right = RIGHT_OPERATE,
		.flags = COMMAND_CARRIES_FD,
		.params = {
			NEEDS("name", STRING), NEEDS("channel", STRING),
			NEEDS("bytes", INT), NEEDS("follow", BOOL),
		},
	},
	[CMD_AVAIL] = {
		.word = "avail", .method = "Avail", .args = "",
		.help = "Show what the configuration file defines.",
		.usage = "avail\tall processes of the file as last read: in use or not, started "
			 "with the daemon or not, priority of group and process\n",
		.min_args = 0, .max_args = 0, .purpose = PURPOSE_FILE, .right = RIGHT_LOOK,
	},
	[CMD_REREAD] = {
		.word = "reread", .method = "Reread", .args = "",
		.help = "Read the file again and show what differs; apply nothing.",
		.usage = "reread\tnames of groups that are new (available), changed or gone "
			 "(disappeared)\n"
			 "What it shows is applied by update, or group by group by add and remove.\n",
		.min_args = 0, .max_args = 0, .purpose = PURPOSE_FILE,
		.right = RIGHT_ADMINISTER, .flags = COMMAND_WAITS,
	},
	[CMD_UPDATE] = {
		.word = "update", .method = "Update", .args = "[GROUP...|all]",
		.help = "Read the file again and make what runs what it says.",
		.usage = "update\tall groups; those that did not change run on\n"
			 "update GROUP...\tthese groups only\n",
		.min_args = 0, .max_args = -1, .purpose = PURPOSE_FILE,
		.right = RIGHT_ADMINISTER, .flags = COMMAND_STREAMS | COMMAND_WAITS,
		.params = { SOME_GROUPS },
	},
	[CMD_ADD] = {
		.word = "add", .method = "Add", .args = "GROUP...",
		.help = "Put groups of the file, as last read, into service.",
		.usage = "add GROUP...\tand start those of its processes that start with the "
			 "daemon\n",
		.wants = "a group name", .min_args = 1, .max_args = -1, .few_status = 2,
		.purpose = PURPOSE_FILE, .right = RIGHT_ADMINISTER, .params = { GROUPS },
	},
	[CMD_REMOVE] = {
		.word = "remove", .method = "Remove", .args = "GROUP...",
		.help = "Take groups out of service; their processes must be stopped.",
		.usage = "remove GROUP...\tuntil the next add, update or reload\n",
		.wants = "a group name", .min_args = 1, .max_args = -1, .few_status = 2,
		.purpose = PURPOSE_FILE, .right = RIGHT_ADMINISTER, .params = { GROUPS },
	},
	[CMD_RELOAD] = {
		.word = "reload", .method = "Reload", .args = "",
		.help = "Stop everything, read the file again, start anew.",
		.usage = "reload\trefused if the file has mistakes; to keep what did not change "
			 "running, use update\n",
		.min_args = 0, .max_args = 0, .purpose = PURPOSE_DAEMON,
		.right = RIGHT_ADMINISTER, .flags = COMMAND_WAITS,
	},
	[CMD_SHUTDOWN] = {
		.word = "shutdown", .method = "Shutdown", .args = "",
		.help = "Stop everything and end the daemon.",
		.usage = "shutdown\treturns at once; the daemon ends when all is stopped\n",
		.min_args = 0, .max_args = 0, .purpose = PURPOSE_DAEMON,
		.right = RIGHT_ADMINISTER,
	},
	[CMD_INFO] = {
		.word = "version", .method = "Info", .args = "",
		.help = "Show the version of the daemon that runs.",
		.usage = "version\tof the daemon; that of reevectl itself: reevectl --version\n",
		.min_args = 0, .max_args = 0, .purpose = PURPOSE_OTHER, .right = RIGHT_LOOK,
	},
	[CMD_RUN] = {
		.word = "run", .method = "Run", .args = "[OPTION...] COMMAND...",
		.help = "Run a command as a job, and exit as it does.",
		.usage = "run COMMAND [WORD...]\tone program, its words as they are; -- ends options\n"
			 "run 'COMMAND ... | ...'\tone word: split into stages at |, and into words, "
			 "without a shell\n"
			 "Its terminal, streams, environment and directory are those it has here.\n"
			 "Ctrl-C goes to it; twice stops it, three times leaves that to the daemon.\n"
			 "Exit status: that of the job, 128+n after signal n; 124 it took longer than\n"
			 "--timeout, 125 it could not be run, 126 not executed, 127 not found.\n",
		.wants = "a command", .min_args = 1, .max_args = -1, .few_status = 125,
		.purpose = PURPOSE_JOBS, .right = RIGHT_ADMINISTER,
		.flags = COMMAND_CARRIES_FDS | COMMAND_VERBATIM,
		.params = {
			MAY("session", STRING), MAY("seq", INT), MAY("seen", INT),
			{ "job", PARAM_OBJECT, false, "JobSpec" },
		},
	},
	[CMD_MAP] = {
		.word = "map", .method = NULL, .args = "[OPTION...] COMMAND... ::: ITEM...",
		.help = "Run a command for each of many items, several at once.",
		.usage = "map COMMAND {} ::: ITEM...\t{} is the item; it is the last word if nothing "
			 "names it\n"
			 "map COMMAND {} < FILE\titems are the lines of standard input\n"
			 "{.} without extension, {/} last part, {//} directory of it, {/.} last part\n"
			 "without extension, {#} number. A COMMAND that is one word with blanks or | is\n"
			 "split as by run.\n"
			 "Exit status: how many failed, 101 if more than 100; with --halt as GNU\n"
			 "parallel; 128+n after signal n, 255 other errors.\n",
		.wants = "a command", .min_args = 1, .max_args = -1, .few_status = 255,
		.purpose = PURPOSE_JOBS, .right = RIGHT_ADMINISTER, .flags = COMMAND_VERBATIM,
	},
	[CMD_JOBS] = {
		.word = "jobs", .method = "Jobs", .args = "[ID...]",
		.help = "Show the jobs that run, wait or have ended.",
		.usage = "jobs\tall of them: state, status (code, or minus the signal), time, "
			 "command\n"
			 "jobs ID...\tthese\n"
			 "Exit status: 0, or 4 if one is unknown.\n",
		.min_args = 0, .max_args = -1, .purpose = PURPOSE_JOBS,
		.right = RIGHT_LOOK, .params = { MAY("ids", INTS) },
	},
	[CMD_POLL] = {
		.word = "poll", .method = NULL, .args = "ID",
		.help = "Show the status of a job that has ended.",
		.usage = "poll ID\tprints its code, or minus the signal, and exits 0; prints "
			 "nothing and exits 3 while it runs or waits\n"
			 "Exit status: 0 it has ended, 3 it has not, 4 it is unknown.\n",
		.wants = "the id of a job", .min_args = 1, .max_args = 1, .few_status = 2,
		.purpose = PURPOSE_JOBS, .right = RIGHT_LOOK,
	},
	[CMD_WAIT] = {
		.word = "wait", .method = "WaitJobs", .args = "[OPTION...] ID...",
		.help = "Wait until jobs have ended.",
		.usage = "wait ID...\tprints ID: STATUS as each ends\n"
			 "Exit status: that of the first that failed, as run has it, or 0; 124 "
			 "after --timeout, 4 if one is unknown.\n",
		.wants = "the id of a job", .min_args = 1, .max_args = -1, .few_status = 2,
		.purpose = PURPOSE_JOBS, .right = RIGHT_LOOK,
		.flags = COMMAND_STREAMS | COMMAND_WAITS,
		.params = { IDS, MAY("any", BOOL) },
	},
	[CMD_OUTPUT] = {
		.word = "output", .method = "Output",
		.args = "[-f|-BYTES] ID [stdout|stderr]",
		.help = "Show what a detached job has printed.",
		.usage = "output ID\tall that it printed to stdout\n"
			 "output -1000 ID stderr\tthe last 1000 bytes of its stderr\n"
			 "output -f ID\twhat it printed, and what comes, until it has ended\n",
		.wants = "the id of a job", .min_args = 1, .max_args = 4, .few_status = 2,
		.purpose = PURPOSE_JOBS,
		.right = RIGHT_OPERATE, .flags = COMMAND_CARRIES_FD,
		.params = {
			NEEDS("id", INT), NEEDS("channel", STRING),
			NEEDS("bytes", INT), NEEDS("follow", BOOL),
		},
	},
	[CMD_KILL] = {
		.word = "kill", .method = "KillJobs", .args = "[-SIGNAL] ID...",
		.help = "Stop jobs, or send them a signal.",
		.usage = "kill ID...\tstop them: their stop signal, SIGKILL later; those that "
			 "wait are dropped\n"
			 "kill -SIGNAL ID...\tsend a signal to all of their processes: -HUP, "
			 "-SIGHUP, -1\n",
		.wants = "the id of a job", .min_args = 1, .max_args = -1, .few_status = 2,
		.purpose = PURPOSE_JOBS,
		.right = RIGHT_OPERATE,
		.params = { IDS, MAY("signal", STRING), MAY("waiting", BOOL) },
	},
	[CMD_FORGET] = {
		.word = "forget", .method = "Forget", .args = "ID...|--done",
		.help = "Drop the results of jobs that have ended.",
		.usage = "forget ID...\tthese\n"
			 "Results that nobody drops go when there are more than job_history of "
			 "them.\n",
		.wants = "the id of a job", .min_args = 1, .max_args = -1, .few_status = 2,
		.purpose = PURPOSE_JOBS,
		.right = RIGHT_OPERATE, .params = { IDS },
	},
	[CMD_WHY] = {
		.word = "why", .method = "Why", .args = "NAME",
		.help = "Tell what happened to a process, and what it waits for.",
		.usage = "why NAME\tits last end, how often it was started again, what is next\n",
		.wants = "a process name", .min_args = 1, .max_args = 1, .few_status = 2,
		.purpose = PURPOSE_LOOK, .right = RIGHT_LOOK, .params = { NEEDS("name", STRING) },
	},
	[CMD_EVENTS] = {
		.word = "events", .method = "Events", .args = "[OPTION...] [NAME...]",
		.help = "Show what has happened, and what happens.",
		.usage = "events\tthe last 100 events that are kept\n"
			 "events -f\tand those that come, until Ctrl-C; also when the daemon's "
			 "manager is replaced\n"
			 "events NAME...\tof these processes, groups and jobs\n"
			 "A type is a name of supervisord's, or of a class: PROCESS_STATE_FATAL, "
			 "PROCESS_STATE; besides, OUTPUT_DROPPED and JOB_ENDED.\n",
		.min_args = 0, .max_args = -1, .purpose = PURPOSE_LOOK,
		.right = RIGHT_LOOK, .flags = COMMAND_STREAMS | COMMAND_WAITS,
		.params = {
			MAY("filter", STRINGS), SOME_NAMES,
			MAY("after", INT), MAY("last", INT),
		},
	},
	[CMD_LOGS] = {
		.word = "logs", .method = "Logs", .args = "[OPTION...] [NAME...]",
		.help = "Show what programs print, line by line.",
		.usage = "logs\tthe last 30 lines of all of them\n"
			 "logs -f NAME...\tof these, and what comes, until Ctrl-C; also when logs "
			 "are rotated and programs or parts of the daemon start anew\n"
			 "logs --since 10m --grep 'REGEX' GROUP:*\tlines of the last ten "
			 "minutes that match\n"
			 "A time is 10s, 5m, 2h or 1d ago, 12:30, '2026-01-31 12:30:00', "
			 "2026-01-31T12:30:00Z or @SECONDS.\n",
		.min_args = 0, .max_args = -1, .purpose = PURPOSE_LOGS,
		.right = RIGHT_OPERATE, .flags = COMMAND_CARRIES_FD | COMMAND_VERBATIM,
		.params = {
			SOME_NAMES, MAY("channel", STRING), MAY("since_ms", INT),
			MAY("until_ms", INT), MAY("lines", INT), MAY("follow", BOOL),
		},
	},
	[CMD_MAINTAIL] = {
		.word = "maintail", .method = "MainTail", .args = "[-f|-BYTES]",
		.help = "Show the end of the daemon's own log.",
		.usage = "maintail\tthe last 1600 bytes\n"
			 "maintail -100\tthe last 100 bytes\n"
			 "maintail -f\tthe end, and what comes, until Ctrl-C\n",
		.min_args = 0, .max_args = 1, .purpose = PURPOSE_LOGS,
		.right = RIGHT_OPERATE, .flags = COMMAND_CARRIES_FD,
		.params = { NEEDS("bytes", INT), NEEDS("follow", BOOL) },
	},
	[CMD_CLEAR] = {
		.word = "clear", .method = "Clear", .args = "NAME...",
		.help = "Empty the logs of processes.",
		.usage = "clear NAME...\tof these, and what was rotated away from them\n"
			 "clear GROUP:*\tof all processes of a group\n"
			 "clear all\tof all processes\n",
		.wants = "a process name", .min_args = 1, .max_args = -1, .few_status = 1,
		.purpose = PURPOSE_LOGS, .right = RIGHT_OPERATE, .params = { NAMES },
	},
	[CMD_ROTATE] = {
		.word = "rotate", .method = "Rotate", .args = "NAME...",
		.help = "Rotate the logs of processes now.",
		.usage = "rotate NAME...\tof these, whatever their size and age\n"
			 "rotate GROUP:*\tof all processes of a group\n"
			 "rotate all\tof all processes\n",
		.wants = "a process name", .min_args = 1, .max_args = -1, .few_status = 2,
		.purpose = PURPOSE_LOGS, .right = RIGHT_OPERATE, .params = { NAMES },
	},
	[CMD_REOPEN] = {
		.word = "reopen", .method = "Reopen", .args = "",
		.help = "Open all log files by name again.",
		.usage = "reopen\tas SIGUSR2 does: for who moves log files away\n",
		.min_args = 0, .max_args = 0, .purpose = PURPOSE_LOGS, .right = RIGHT_OPERATE,
	},
	[CMD_ATTACH] = {
		.method = "Attach", .purpose = PURPOSE_JOBS,
		.right = RIGHT_ADMINISTER, .flags = COMMAND_STREAMS | COMMAND_WAITS,
		.params = {
			NEEDS("session", STRING),
			{ "template", PARAM_OBJECT, true, "JobSpec" }, MAY("limit", INT),
		},
	},
	[CMD_HELP] = {
		.word = "help", .method = NULL, .args = "[COMMAND]",
		.help = "Show all commands, or how to use one.",
		.usage = "help\tall commands\nhelp COMMAND\tone of them\n",
		.min_args = 0, .max_args = -1, .purpose = PURPOSE_OTHER, .right = RIGHT_NONE,
	},
};
/* clang-format on */

const struct command *command_by_word(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].word && !strcmp(commands[i].word, word))
			return &commands[i];
	return NULL;
}

const struct command *command_by_method(const char *method)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].method && !strcmp(commands[i].method, method))
			return &commands[i];
	return NULL;
}

enum command_id command_id(const struct command *c)
{
	return (enum command_id)(c - commands);
}

static bool is_strings(const json_t *value)
{
	if (!json_is_array(value))
		return false;
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!json_is_string(json_array_get(value, i)))
			return false;
	return true;
}

static bool is_ints(const json_t *value)
{
	if (!json_is_array(value))
		return false;
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!json_is_integer(json_array_get(value, i)))
			return false;
	return true;
}

static bool fits(const struct param *p, const json_t *value)
{
	if (!value || json_is_null(value))
		return p->optional;
	switch (p->type) {
	case PARAM_STRING:
		return json_is_string(value);
	case PARAM_STRINGS:
		return is_strings(value);
	case PARAM_INT:
		return json_is_integer(value);
	case PARAM_INTS:
		return is_ints(value);
	case PARAM_BOOL:
		return json_is_boolean(value);
	case PARAM_OBJECT:
		return json_is_object(value);
	}
	return false;
}

static bool is_known(const struct command *c, const char *name)
{
	for (const struct param *p = c->params; p->name; p++)
		if (!strcmp(p->name, name))
			return true;
	return false;
}

const char *command_check(const struct command *c, json_t *params)
{
	for (const struct param *p = c->params; p->name; p++)
		if (!fits(p, json_object_get(params, p->name)))
			return p->name;
	for (void *i = json_object_iter(params); i; i = json_object_iter_next(params, i))
		if (!is_known(c, json_object_iter_key(i)))
			return json_object_iter_key(i);
	return NULL;
}

const char *right_word(enum command_right r)
{
	switch (r) {
	case RIGHT_NONE:
		return "none";
	case RIGHT_LOOK:
		return "look";
	case RIGHT_OPERATE:
		return "operate";
	case RIGHT_ADMINISTER:
		return "administer";
	}
	return "none";
}

const char *purpose_title(enum command_purpose p)
{
	switch (p) {
	case PURPOSE_LOOK:
		return "See";
	case PURPOSE_RUN:
		return "Start and stop";
	case PURPOSE_LOGS:
		return "Logs";
	case PURPOSE_JOBS:
		return "Run jobs";
	case PURPOSE_FILE:
		return "Configuration file";
	case PURPOSE_DAEMON:
		return "The whole daemon";
	case PURPOSE_OTHER:
		return "Other";
	}
	return "Other";
}
