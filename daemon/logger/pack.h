/* SPDX-License-Identifier: MIT */
/*
 * pack.h - makes rotated logs smaller, and reads them again. Blocks. The only user of zlib and
 * zstd.
 */
#pragma once

#include <sys/types.h>

#include "base/cleanup.h"
#include "daemon/logger/logrule.h"

/* Write all of @from, from its beginning, to @to. 0 or -errno. */
_must_check_ int pack_file(int from, int to, enum log_pack pack);

/* A file that is read from its beginning, packed or not. */
struct unpack;

/* Takes over @fd in any case. 0 or -errno. */
_must_check_ int unpack_new(int fd, enum log_pack pack, struct unpack **ret);
struct unpack *unpack_free(struct unpack *u);

/* The next bytes, 0 at the end (of a plain file: for now), or -errno: -EBADMSG. */
_must_check_ ssize_t unpack_read(struct unpack *u, char *buf, size_t len);

/* What a plain one is read from; -1: it is packed. */
int unpack_fd(const struct unpack *u);
