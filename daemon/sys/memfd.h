/* SPDX-License-Identifier: MIT */
/*
 * memfd.h - files that live in memory and go from process to process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* A file with @len bytes of @data that nobody can change or cut any more. 0 and *@ret_fd,
 * close- on-exec, at offset 0; or -errno. */
_must_check_ int memfd_sealed(const char *name, const void *data, size_t len, int *ret_fd);

/*
 * A file of exactly @size zero bytes whose size can never change, to be mapped and written.
 * 0 and *@ret_fd, or -errno.
 */
_must_check_ int memfd_fixed(const char *name, size_t size, int *ret_fd);

/* Whether mapping @size bytes of @fd is safe: a memfd, as large, which cannot shrink. */
bool memfd_holds(int fd, size_t size);

/* Append all of a file made by memfd_sealed(). 0, -ENOMEM, or -EBADMSG: it is not sealed, or
 * larger than @max. */
_must_check_ int memfd_read(int fd, size_t max, struct buf *out);
