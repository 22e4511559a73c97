/* SPDX-License-Identifier: MIT */
/*
 * names.h - how a process is called on the command line: "process" or "group:process".
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "base/buf.h"

/* Append the name of an object with "name" and "group": the process alone when it is called
 * like its group, or has no group. 0 or -ENOMEM. */
_must_check_ int name_put(const json_t *o, struct buf *out);

/* Whether a name stands for a whole group: "group:*", "group:", or an object without "name". */
bool name_is_group(const char *name);
bool name_is_whole_group(const json_t *o);

/* Append the group that is meant. */
_must_check_ int name_put_group(const json_t *o, struct buf *out);

/* Append @text and blanks up to @width characters. */
_must_check_ int name_pad(const char *text, size_t width, struct buf *out);

/* How many characters it has. */
size_t name_width(const char *text);

/* The string of a member, "" if there is none. */
const char *member_text(const json_t *o, const char *key);
