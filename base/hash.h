/* SPDX-License-Identifier: MIT */
/*
 * hash.h - FNV-1a over bytes: for look-ups and for telling torn records, not against attackers.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HASH_INIT UINT64_C(0xcbf29ce484222325)

/* Go on from @h with more bytes; the first call starts from HASH_INIT or any other seed. */
static inline uint64_t hash_bytes(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}
