/* SPDX-License-Identifier: MIT */
/*
 * capture.h - keeps the newest bytes of what a program says between its tags.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"

struct capture {
	struct buf data;
	size_t most;
};

/* Without memory, what does not fit is lost, and so is what was before it. */
void capture_put(struct capture *c, const char *data, size_t len);
