/* SPDX-License-Identifier: MIT */
/*
 * link_log.h - what is said to the logger and by it, as the fields of link.h's messages.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A list of strings inside a frame: @n of them, each with its NUL, one after the other. */
struct link_strs {
	const char *first;
	uint32_t n;
	uint32_t bytes;
};

/* Bytes of any kind inside a frame. */
struct link_bytes {
	const char *data;
	uint32_t n;
};

struct link_mainlog {
	const char *path; /* "" none */
	int64_t maxbytes;
	int32_t backups;
	uint32_t level; /* lines below are dropped */
	bool echo; /* also to standard output: foreground and not silent */
	bool syslog; /* also there */
	int64_t budget; /* bytes of all logs of the instance; 0: as many as there are */
	const char *clean_dir, *clean_ident; /* remove AUTO logs of earlier instances; "": no */
};

/* enum log_format and enum log_compress of the configuration, in their order. */
enum { LINK_FORMAT_RAW, LINK_FORMAT_PREFIX, LINK_FORMAT_TIMESTAMP, LINK_FORMAT_JSON };
enum { LINK_PACK_NONE, LINK_PACK_GZIP, LINK_PACK_ZSTD };

struct link_stream {
	uint32_t id, which;
	const char *name, *group; /* of the process */
	int32_t pid; /* 0: there is none yet */
	const char *path; /* "": no file */
	struct link_strs more; /* "file:PATH", "syslog", "journal"; without these and path, what
				  comes is read and thrown away */
	int64_t maxbytes; /* 0: never rotate by size */
	int64_t max_age_ms; /* 0: nor by age */
	int64_t keep_ms; /* rotated files are deleted when they are older; 0: not by age */
	int32_t backups;
	uint32_t pack; /* of rotated files */
	bool private_file; /* AUTO: mode 0600 */
	uint32_t format;
	const char *prefix; /* of each line, with PREFIX and TIMESTAMP; "": none */
	bool strip_ansi;
	bool block; /* the program waits for a target that does not take more; else it drops */
	int64_t rate, burst; /* bytes a second of both streams, so many at once; 0: no limit */
	int64_t capture_max; /* 0: no capture mode */
	bool events; /* say what is printed, with LINES */
};

/* TAIL, CLEAR, ROTATE, and their answer TAILED. */
struct link_tail {
	uint32_t token;
	uint32_t id, which;
	const char *path; /* the log if there is no such stream (any more); "" none */
	bool piped; /* there was a process: if its pipe is not there yet, it is on its way */
	uint64_t bytes; /* TAIL: so many from the end */
	bool follow;
	int32_t error; /* TAILED: 0 or errno; ENOENT: it has no log */
};

/* LOGS: lines of many streams, merged by time, as JSON objects; answered by TAILED. */
struct link_logs {
	uint32_t token;
	struct link_strs streams; /* "ID WHICH" each; none: all */
	int64_t since_ms, until_ms; /* wall clock; 0: no limit */
	int64_t lines; /* the last so many of all; negative: all */
	bool follow;
};

/* DROPPED, CAPTURED, LINES. */
struct link_output {
	uint32_t id, which;
	uint64_t total; /* DROPPED: bytes since the logger began */
	struct link_bytes data; /* CAPTURED: between the tags; LINES: as it was printed */
};
