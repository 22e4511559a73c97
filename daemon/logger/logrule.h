/* SPDX-License-Identifier: MIT */
/*
 * logrule.h - what the configuration says about a place where output goes. Plain data.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum log_to { LOG_TO_FILE, LOG_TO_SYSLOG, LOG_TO_JOURNAL };
enum log_pack { LOG_PACK_NONE, LOG_PACK_GZIP, LOG_PACK_ZSTD };

struct logrule {
	const char *path; /* borrowed; of what is no file: a name of its own */
	int64_t maxbytes; /* 0: never rotate by size */
	int64_t max_age_ms; /* 0: never rotate by age */
	int64_t keep_ms; /* 0: keep rotated files however old */
	int32_t backups;
	uint8_t to; /* enum log_to */
	uint8_t pack; /* enum log_pack: of rotated files */
	bool private_file; /* mode 0600, and nobody else's */
	bool followed; /* somebody reads along: the old file must outlive its name */
};
