/* SPDX-License-Identifier: MIT */
/*
 * logs.h - where the output of a program goes: the value of stdout_logfile and stderr_logfile.
 *
 * One target, as supervisord has it, or several with commas between. A comma is one of those if
 * what is behind it looks like a target: a word that is one, a path that begins with /, ./, ../
 * or ~, or something in double quotes. Any other belongs to the name of a file, for so it does
 * for supervisord. Where there is a comma, a path may stand in double quotes, with "" for one
 * within.
 */
#pragma once

#include "base/buf.h"
#include "conf/spec.h"

struct spot;

enum { LOG_TARGETS_MAX = 8 };

/* Set what of @stream says where; as in value.h. What that had before is freed. */
_must_check_ int load_logfile(const struct spot *at, const char *text,
			      struct stream_spec *stream, struct buf *why);

/* Free and empty it. */
void logs_release(struct stream_spec *stream);

/* AUTO on either side says nothing about the other. */
bool logs_same(const struct stream_spec *a, const struct stream_spec *b);

_must_check_ int logs_print(const struct stream_spec *stream, struct buf *out);
