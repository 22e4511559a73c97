/* SPDX-License-Identifier: MIT */
#include "daemon/logger/work.h"

#include <errno.h>

static void do_read(struct work *w)
{
	struct reader *r = w->reader;
	int begun = 0;

	if (r->cursor.fd < 0)
		begun = cursor_begin(&r->cursor, &w->file, &w->rule, r->bytes, r->follow);
	r->result = begun;
	if (begun == 0)
		r->result = cursor_read(&r->cursor, &w->file, &w->rule, r->buf, r->size);
}

static int do_write(struct work *w)
{
	size_t n;
	int r = logfile_append(&w->file, &w->rule, w->chunk->data + w->from,
			       w->chunk->len - w->from, &n);

	w->done = w->from + n;
	return r;
}

/* That nobody reads a FIFO is no fault while there is nothing to say. */
static int do_create(struct work *w)
{
	int r = logfile_open(&w->file, &w->rule);

	return r == -ENXIO ? 0 : r;
}

void work_do(struct work *w)
{
	w->error = 0;
	switch (w->op) {
	case OP_WRITE:
		w->error = do_write(w);
		break;
	case OP_READ:
		do_read(w);
		break;
	case OP_CREATE:
		w->error = do_create(w);
		break;
	case OP_CLOSE:
		logfile_close(&w->file);
		break;
	case OP_NONE:
		break;
	}
}
