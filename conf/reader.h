/* SPDX-License-Identifier: MIT */
/*
 * reader.h - the text of one file goes through inih into the tree. The only user of inih.
 */
#pragma once

#include "base/diag.h"
#include "conf/tree.h"

enum { READER_FILE_MAX = 16 << 20 };

/*
 * Read @data, which may be changed, as the content of @file (as tree_file() gave it). What is
 * wrong with the text goes to @d, and reading goes on. 0 or -ENOMEM.
 */
_must_check_ int reader_run(struct tree *t, const char *file, char *data, size_t len,
			    struct diags *d);
