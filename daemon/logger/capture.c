/* SPDX-License-Identifier: MIT */
#include "daemon/logger/capture.h"

/* Twice as much is let in before the old half goes: each byte is moved once. */
void capture_put(struct capture *c, const char *data, size_t len)
{
	if (len > c->most) {
		data += len - c->most;
		len = c->most;
	}
	if (buf_append(&c->data, data, len) < 0)
		buf_clear(&c->data);
	if (c->data.len > 2 * c->most)
		buf_drop(&c->data, c->data.len - c->most);
}
