/* SPDX-License-Identifier: MIT */
/*
 * fuzz_environ.c - any environment=: it is refused with a reason, or prints to what reads the
 * same; names are unique; on top of itself it stays what it is.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "conf/environ.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same(const struct env *a, const struct env *b)
{
	assert(a->n == b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert(strcmp(a->v[i].name, b->v[i].name) == 0);
		assert(strcmp(a->v[i].value, b->v[i].value) == 0);
		for (size_t k = 0; k < i; k++)
			assert(strcmp(a->v[i].name, a->v[k].name) != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *text = strndup((const char *)data, size);
	_cleanup_(buf_done) struct buf why = BUF_INIT, printed = BUF_INIT;
	_cleanup_(environ_done) struct env e = { NULL, 0 }, again = { NULL, 0 };
	_cleanup_(environ_done) struct env merged = { NULL, 0 };
	int r;

	assert(text);
	r = environ_parse(text, &e, &why);
	assert(r == ENVIRON_OK || r == ENVIRON_BAD);
	assert((r == ENVIRON_BAD) == (why.len > 0));
	if (r == ENVIRON_BAD) {
		assert(!e.v);
		return 0;
	}
	r = environ_print(&e, &printed);
	assert(r == 0);
	r = environ_parse(buf_str(&printed), &again, &why);
	assert(r == ENVIRON_OK);
	expect_same(&e, &again);
	r = environ_merge(&e, &again, &merged);
	assert(r == 0);
	expect_same(&e, &merged);
	return 0;
}
