/* SPDX-License-Identifier: MIT */
/*
 * show.h - one value as a configuration file would have it, so that it reads back the same.
 */
#pragma once

#include "base/buf.h"
#include "conf/keys.h"

/*
 * Append "key=value\n" for the field of row @k in @object, or ";key=\n" if it is not set. 0 or
 * -ENOMEM.
 */
_must_check_ int show_key(const struct key *k, const void *object, struct buf *out);

/* Append "key=text\n" with all escaped that the reader would take for something else. */
_must_check_ int show_text(const char *key, const char *text, struct buf *out);
