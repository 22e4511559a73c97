/* SPDX-License-Identifier: MIT */
/*
 * rotate.h - the files of a log that is rotated by size: PATH, PATH.1 … PATH.N. Blocks.
 */
#pragma once

#include "base/cleanup.h"

/* Write the name of the @k-th backup of @path to @ret, @path itself for 0. 0 or
 * -ENAMETOOLONG. */
_must_check_ int rotate_name(char *ret, size_t size, const char *path, int k);

/*
 * Make room at @path: what is there becomes PATH.1, PATH.1 becomes PATH.2, and so on; what
 * was PATH.@backups is lost. A gap in the row ends the shifting: nothing is lost that needs
 * not be. A file that is missing is no error. With @backups 0 nothing happens. 0 or -errno;
 * then nothing is lost, but part of the row may have moved up.
 */
_must_check_ int rotate_shift(const char *path, int backups);
