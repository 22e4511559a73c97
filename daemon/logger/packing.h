/* SPDX-License-Identifier: MIT */
/*
 * packing.h - one rotated file being packed, on a thread, while the log goes on.
 *
 * What is packed gets a name of its own first. That it takes the place of the file is a job of
 * the log itself (packing_commit), so that it cannot meet a rotation half-way.
 */
#pragma once

#include <sys/stat.h>

#include "daemon/logger/logrule.h"
#include "daemon/logger/rotate.h"

struct packing {
	struct stat from; /* the file as it was found */
	int result; /* 0: it is packed; -ENOENT: there was none; or -errno */
};

/* Find the oldest backup that is not packed, and pack it. */
void packing_do(struct packing *p, const struct logrule *rule);

/* Put it in its place. 0 or -errno. */
_must_check_ int packing_commit(const struct packing *p, const struct logrule *rule);

/* Remove backups from the oldest on, as long as they were last written before @until_ms. */
void packing_trim(const struct logrule *rule, int64_t until_ms);
