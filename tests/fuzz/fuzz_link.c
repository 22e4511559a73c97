/* SPDX-License-Identifier: MIT */
/*
 * fuzz_link.c - any bytes as frames of a link.
 *
 * What is taken for a frame lies inside of the input, its strings end inside of it, and encoded
 * again it is the same bytes.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "proto/link.h"
#include "proto/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each string of a list can be reached, and there are no more. */
static void walk(const struct link_strs *list)
{
	const char *s = list->first;

	for (uint32_t i = 0; i < list->n; i++)
		s = link_strs_next(s);
	assert(list->n == 0 || s == list->first + list->bytes);
}

static void same_again(const struct link_msg *m, const char *frame, size_t len)
{
	_cleanup_(buf_done) struct buf out = BUF_INIT;
	struct wire_head h;

	if (link_encode(m, &out) < 0)
		return; /* no memory: libFuzzer bounds it */
	h = wire_head_get(frame);
	assert(h.fds <= link_fds(m->type));
	h.fds = 0; /* the channel's own */
	assert(out.len == len);
	assert(memcmp(out.data, &h, sizeof h) == 0);
	assert(memcmp(out.data + WIRE_HEAD, frame + WIRE_HEAD, len - WIRE_HEAD) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data;
	struct link_msg m;
	size_t used;

	while (size > 0 && link_decode(at, size, &m, &used) == LINK_FRAME) {
		assert(used >= WIRE_HEAD && used <= size);
		if (m.type == LINK_SPAWN) {
			walk(&m.spawn.argv);
			walk(&m.spawn.env);
		}
		same_again(&m, at, used);
		at += used;
		size -= used;
	}
	return 0;
}
