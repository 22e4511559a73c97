/* SPDX-License-Identifier: MIT */
#include "conf/choices.h"

#include <strings.h>

#include "conf/quote.h"
#include "conf/value.h"

/* clang-format off */
static const char *const formats[] = {
	[LOG_RAW] = "raw", [LOG_PREFIX] = "prefix", [LOG_TIMESTAMP] = "timestamp",
	[LOG_JSON] = "json", NULL
};
static const char *const compressions[] = {
	[LOG_COMPRESS_NONE] = "none", [LOG_COMPRESS_GZIP] = "gzip", [LOG_COMPRESS_ZSTD] = "zstd",
	NULL
};
static const char *const policies[] = {
	[LOG_DROP] = "drop", [LOG_BLOCK] = "block", NULL
};
static const char *const ways_to_be_ready[] = {
	[READINESS_NONE] = "none", [READINESS_NOTIFY] = "notify", NULL
};

static const char *const *const by_type[KEY_TYPE_N] = {
	[KEY_FORMAT] = formats,  [KEY_COMPRESS]  = compressions,
	[KEY_POLICY] = policies, [KEY_READINESS] = ways_to_be_ready,
};
/* clang-format on */

const char *const *choices_of(enum key_type type)
{
	return by_type[type];
}

/* "a, b or c" */
static int list(const char *const *words, struct buf *out)
{
	int r = buf_puts(out, words[0]);

	for (size_t i = 1; r == 0 && words[i]; i++)
		r = buf_printf(out, "%s%s", words[i + 1] ? ", " : " or ", words[i]);
	return r;
}

int value_choice(const char *text, const char *what, const char *const *words, unsigned *ret,
		 struct buf *why)
{
	int r;

	for (unsigned i = 0; words[i]; i++) {
		if (strcasecmp(text, words[i]) != 0)
			continue;
		*ret = i;
		return VALUE_OK;
	}
	r = buf_printf(why, "not a valid %s: ", what);
	if (r == 0)
		r = quote_repr(why, text);
	if (r == 0)
		r = buf_puts(why, "; write ");
	if (r == 0)
		r = list(words, why);
	return r < 0 ? r : VALUE_BAD;
}
