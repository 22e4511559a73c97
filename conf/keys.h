/* SPDX-License-Identifier: MIT */
/*
 * keys.h - every key of every section: one row each, for reading, printing, comparing, the
 * warning about unknown keys and the manual page. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "conf/spec.h"

/* What a value is; the type of the field has to fit, or keys.c does not compile. */
enum key_type {
	KEY_BOOL,
	KEY_INT,
	KEY_COUNT, /* int, not below zero */
	KEY_PERCPU, /* int, or PER_CPU for the word "cpu" */
	KEY_SECONDS, /* msec_t, written in whole seconds */
	KEY_DURATION, /* msec_t, written in seconds with decimals */
	KEY_AGE, /* msec_t, written with s, m, h, d, w */
	KEY_RATE, /* double */
	KEY_BYTES, /* int64_t, written with KB, MB, GB */
	KEY_OCTAL, /* int */
	KEY_SIGNAL, /* int */
	KEY_EXITCODES, /* uint32_t[EXITCODE_WORDS] */
	KEY_AUTORESTART,
	KEY_ONESHOT, /* bool, written simple or oneshot */
	KEY_LEVEL,
	KEY_ENVIRONMENT, /* struct env */
	KEY_TEXT, /* char *, as it is */
	KEY_NAME, /* char *, of a process or group */
	KEY_USER, /* char *, exists */
	KEY_OWNER, /* char *, user[:group], exist */
	KEY_DIRECTORY, /* char *, exists; "~" works */
	KEY_PATH, /* char *, its directory exists; "~" works */
	KEY_LOGPATH, /* the same or "syslog" */
	KEY_SOCKET, /* char *, a path that fits a UNIX socket */
	KEY_LINE, /* char *, without control characters; NULL for an empty one */
	KEY_LOGFILE, /* struct stream_spec: kind, path and more */
	KEY_FORMAT, /* enum log_format; this and what follows: choices.h */
	KEY_COMPRESS,
	KEY_POLICY,
	KEY_READINESS,
	KEY_BYTES_LIMIT, /* struct rlimit_spec; this and what follows: limits.h */
	KEY_NUMBER_LIMIT,
	KEY_BYTES_MAX, /* struct amount */
	KEY_NUMBER_MAX,
	KEY_CPU_MAX, /* struct cpu_quota */
	KEY_WEIGHT, /* int */
	KEY_NICE,
	KEY_OOM_SCORE,
	KEY_IOPRIO,
	KEY_STDIN, /* struct stdin_spec */
	KEY_CPUS, /* char *, list of processors as cpus.h writes it */
	KEY_SERVERURL, /* char *, NULL for AUTO */
	KEY_INET, /* checked only: [host]:port */
	KEY_UNREAD, /* known, but its value is of no interest here */
	KEY_TYPE_N
};

/* When a key of [program:x] is read: names like process_num exist only for each process. */
enum key_when { ONCE, EACH };

/* What a change of it means for a process that runs. */
enum key_change { RESTARTS, POLICY };

struct key {
	const char *name;
	enum key_type type;
	size_t offset; /* of the field in the struct of its table */
	enum key_when when;
	enum key_change change;
	const char *initial; /* default, as one would write it; NULL: not set */
	const char *help;
};

struct key_table {
	const char *section; /* "program:x" */
	const struct key *v;
	size_t n;
};

/* What [program:x] fills in before it becomes processes. */
struct program_draft {
	struct process_spec p;
	int numprocs, numprocs_start;
	bool environment_whole;
};

extern const struct key_table supervisord_keys; /* struct supervisord_spec */
extern const struct key_table reeve_keys; /* struct reeve_spec */
extern const struct key_table program_keys; /* struct program_draft */
extern const struct key_table group_keys; /* struct group_spec */
extern const struct key_table pipeline_keys; /* struct group_spec */
extern const struct key_table pool_keys; /* struct pool_spec */

/* Sections that are only checked; their rows have no field. */
extern const struct key_table include_keys;
extern const struct key_table unix_server_keys;
extern const struct key_table inet_server_keys;
extern const struct key_table supervisorctl_keys;
extern const struct key_table listener_keys; /* beside program_keys */
extern const struct key_table fcgi_keys; /* beside program_keys */
extern const struct key_table rpcinterface_keys;
extern const struct key_table ctlplugin_keys;

/* All tables, ended by NULL. */
extern const struct key_table *const key_tables[];

/* The row called @name, or NULL. */
const struct key *key_find(const struct key_table *t, const char *name);

/* What else row @k of program_keys would count with, such as "type=oneshot"; NULL: it counts
 * for @p as it is. */
const char *key_lacks(const struct key *k, const struct process_spec *p);

/* The size of a field that is plain memory; 0 for those that own something. */
size_t key_plain_size(enum key_type type);
