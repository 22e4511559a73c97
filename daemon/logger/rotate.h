/* SPDX-License-Identifier: MIT */
/*
 * rotate.h - the files of a log that is rotated: NAME, NAME.1 … NAME.N, the older ones perhaps
 * packed: NAME.2.gz, NAME.3.zst. Blocks.
 *
 * Each step is one rename or removal, in an order in which a crash between any two of them
 * loses and doubles nothing: what it leaves is a gap, which the next rotation fills, or a file
 * that is there both packed and not, of which the next one removes the latter.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "daemon/logger/logrule.h"

enum { ROTATE_NAME = 256 + 32 };

/* ".gz", ".zst", "". */
const char *rotate_suffix(enum log_pack pack);

/* The name of the @k-th backup of @name as packed by @pack. */
void rotate_name(char ret[ROTATE_NAME], const char *name, int k, enum log_pack pack);

/* Which form of the @k-th backup (0: @name itself) there is in @dir: 0, its name and
 * *@ret_pack; or -ENOENT. */
_must_check_ int rotate_find(char ret[ROTATE_NAME], int dir, const char *name, int k,
			     enum log_pack *ret_pack);

/*
 * Make room at @name: what is there becomes NAME.1, NAME.1 becomes NAME.2, and so on; what was
 * NAME.@backups is lost. A gap in the row ends the shifting: nothing is lost that needs not be.
 * A file that is missing is no error. With @backups 0 nothing happens. 0 or -errno; then
 * nothing is lost, but part of the row may have moved up.
 */
_must_check_ int rotate_shift(int dir, const char *name, int backups);

/* File @temp is @from packed: let it take the place of the one, wherever in the row that is
 * now. 0; -ENOENT: it is nowhere, and @temp is gone; or -errno. */
_must_check_ int rotate_packed(int dir, const char *name, int backups, const struct stat *from,
			       const char *temp, enum log_pack pack);
