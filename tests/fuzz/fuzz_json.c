/* SPDX-License-Identifier: MIT */
/* fuzz_json.c - json.c: what comes out is within its bound, and a JSON parser takes it. */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/logger/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *out = malloc(JSON_WORST * size + 2);
	json_t *j;
	size_t n;

	assert(out);
	out[0] = '"';
	n = json_escape(out + 1, (const char *)data, size);
	assert(n <= JSON_WORST * size);
	out[n + 1] = '"';
	for (size_t i = 0; i < n; i++)
		assert((unsigned char)out[i + 1] >= 0x20 && out[i + 1] != 0x7f);
	j = json_loadb(out, n + 2, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	assert(json_is_string(j));
	json_decref(j);
	free(out);
	return 0;
}
