/* SPDX-License-Identifier: MIT */
/*
 * log_spec.h - what a configuration says of the output of programs, as plain data; a part of
 * spec.h. Everything here may change while a program runs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mono.h"

enum log_kind {
	LOG_NONE, /* no file; read and thrown away, unless it has other targets */
	LOG_AUTO, /* a file in childlogdir whose name the daemon makes up */
	LOG_FILE, /* path */
};

/* What becomes of each line before it is written, whatever the target. */
enum log_format {
	LOG_RAW, /* bytes as they come; the others work line by line */
	LOG_PREFIX, /* the prefix, a blank, the line */
	LOG_TIMESTAMP, /* the time, a blank, the prefix and a blank if there is one, the line */
	LOG_JSON, /* an object a line */
};

/* Of files that were rotated away. */
enum log_compress { LOG_COMPRESS_NONE, LOG_COMPRESS_GZIP, LOG_COMPRESS_ZSTD };

/* When a target does not take more. */
enum log_policy {
	LOG_DROP, /* throw away and count */
	LOG_BLOCK, /* let the program wait */
};

enum log_target_kind { LOG_TARGET_FILE, LOG_TARGET_SYSLOG, LOG_TARGET_JOURNAL };

struct log_target {
	enum log_target_kind kind;
	char *path; /* absolute; NULL unless LOG_TARGET_FILE */
};

enum { LOG_PREFIX_MAX = 200 };

/*
 * Of stdout_logfile=a, b, c the first file is kind and path, which is what tail shows; AUTO
 * counts as first wherever it stands. The others are in @more. Syslog is asked for by one of
 * @syslog and @more, not by both, and no target comes twice.
 */
struct stream_spec {
	enum log_kind kind;
	char *path; /* absolute; NULL unless LOG_FILE */
	struct log_target *more;
	size_t n_more;
	bool syslog;
	/* Rotation, of each of the files. */
	int64_t maxbytes; /* 0: never by size */
	msec_t rotate_age; /* rotate when it was begun so long ago; 0: never by age */
	int backups; /* so many old ones; 0: truncate on rollover */
	msec_t keep_age; /* remove old ones after so long; 0: never by age */
	enum log_compress compress;
	enum log_format format;
	char *prefix; /* one line, at most LOG_PREFIX_MAX bytes; NULL: none */
	bool strip_ansi; /* of [supervisord] unless the program says */
	int64_t capture_maxbytes;
	bool events_enabled;
};
