/* SPDX-License-Identifier: MIT */
/*
 * rules.h - what the manager says of a stream, as the logger's own words.
 */
#pragma once

#include "daemon/logger/deliver.h"
#include "daemon/logger/stream_rule.h"
#include "proto/link_log.h"

struct rules {
	struct logrule to[STREAM_TARGETS_MAX];
	struct stream_rule stream;
	char syslog[DELIVER_NAME],
		journal[DELIVER_NAME]; /* names of its own, for what is no file */
};

/* All strings of *@ret borrow from @m, and from *@ret, which must not be moved. */
void rules_of(struct rules *ret, const struct link_stream *m);
