/* SPDX-License-Identifier: MIT */
/*
 * settle.h - finishes what another logger began to write. Blocks.
 */
#pragma once

#include "daemon/logger/arena.h"

/* Another logger died while it wrote @c: bring c->done up to what is in the file. */
void settle_write(const struct logrule *rule, struct chunk *c);
