/* SPDX-License-Identifier: MIT */
/*
 * facts.h - lines for a person, in a list of JSON strings; times and spans in words.
 */
#pragma once

#include <jansson.h>

#include "base/mono.h"

/* Append a line; without memory it is missing. */
__attribute__((format(printf, 2, 3))) void facts_say(json_t *lines, const char *fmt, ...);

/* "2026-11-23 05:36:09", in local time; "0.4 s", "3:02:01". */
enum { FACTS_TEXT = 40 };
const char *facts_time(int64_t wall_ms, char text[FACTS_TEXT]);
const char *facts_span(msec_t span, char text[FACTS_TEXT]);
