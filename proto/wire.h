/* SPDX-License-Identifier: MIT */
/*
 * wire.h - the head of a frame: all that whoever carries frames must know of them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	WIRE_HEAD = 8, /* bytes of a head */
	WIRE_MAX = 16 << 20, /* bytes of a frame, its head included */
	WIRE_SPILL = 0, /* type: no message, but a descriptor with a frame too large to send */
};

struct wire_head {
	uint32_t bytes; /* of the whole frame */
	uint16_t type; /* enum link_type, or WIRE_SPILL */
	uint16_t fds; /* descriptors that belong to it */
};

_Static_assert(sizeof(struct wire_head) == WIRE_HEAD, "a head has no padding");

static inline struct wire_head wire_head_get(const char *frame)
{
	struct wire_head h;

	memcpy(&h, frame, sizeof h);
	return h;
}

static inline void wire_head_put(char *frame, struct wire_head h)
{
	memcpy(frame, &h, sizeof h);
}
