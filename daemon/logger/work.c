/* SPDX-License-Identifier: MIT */
#include "daemon/logger/work.h"

#include <errno.h>
#include <poll.h>

#include "daemon/logger/deliver.h"
#include "daemon/logger/exact.h"
#include "daemon/logger/settle.h"
#include "daemon/sys/clock.h"

static void do_read(struct work *w)
{
	struct reader *r = w->reader;
	int begun = w->rule.to == LOG_TO_FILE ? 0 : -ESPIPE;

	if (begun == 0 && r->cursor.fd < 0)
		begun = cursor_begin(&r->cursor, &w->file, &w->rule, r->bytes, r->follow);
	r->result = begun;
	if (begun == 0)
		r->result = cursor_read(&r->cursor, &w->file, &w->rule, r->buf, r->size);
}

static int do_write(struct work *w)
{
	struct chunk *c = w->chunk;
	uint32_t from;
	int r;

	if (w->rule.to == LOG_TO_FILE)
		settle_write(&w->rule, c);
	from = c->done;
	if (from >= c->len)
		return 0;
	if (w->rule.to == LOG_TO_FILE)
		r = logfile_append(&w->file, &w->rule, c, wall_now_ms());
	else
		r = deliver(&w->file, &w->rule, c, wall_now_ms());
	w->written += c->done - from;
	return r;
}

static bool claim(struct pump *p)
{
	int may = PUMP_MAY_READ;

	return atomic_compare_exchange_strong(&p->state, &may, PUMP_READS);
}

bool pump_stop(struct pump *p)
{
	int may = PUMP_MAY_READ;

	return atomic_compare_exchange_strong(&p->state, &may, PUMP_STOP);
}

/* Empty, whoever looks at it and whenever: nothing is left to do where done is not below len.
 */
static void empty(struct chunk *c)
{
	c->len = 0;
	atomic_signal_fence(memory_order_seq_cst);
	c->done = 0;
	atomic_signal_fence(memory_order_seq_cst);
}

/* As long as nothing comes for only a moment, it goes on. Waiting is not reading: the loop may
 * take the pipe meanwhile. */
static ssize_t read_pipe(struct work *w)
{
	struct pollfd p = { .fd = w->pump.fd, .events = POLLIN };
	ssize_t n = EXACT_NOTHING;

	for (int i = 0; i < 2 && n == EXACT_NOTHING; i++) {
		if (i > 0 && poll(&p, 1, PUMP_WAIT_MS) <= 0)
			return EXACT_NOTHING;
		if (!claim(&w->pump))
			return EXACT_NOTHING;
		n = exact_read_much(w->chunk, w->pump.fd, w->chunk->cap);
		atomic_store(&w->pump.state, PUMP_MAY_READ);
	}
	return n;
}

/* From the pipe to the file, without a word to the loop for each piece. */
static int do_pump(struct work *w)
{
	const mono_t end = mono_add(mono_now(), PUMP_MS);
	ssize_t n;
	int r = 0;

	while (r == 0 && mono_before(mono_now(), end)) {
		empty(w->chunk);
		n = read_pipe(w);
		if (n <= 0)
			break;
		w->pump.got += (uint64_t)n;
		r = do_write(w);
	}
	return r;
}

/* That nobody reads a FIFO is no fault while there is nothing to say. */
static int do_create(struct work *w)
{
	int r = w->rule.to == LOG_TO_FILE ? logfile_open(&w->file, &w->rule) : 0;

	return r == -ENXIO ? 0 : r;
}

void work_do(struct work *w)
{
	w->error = 0;
	w->written = 0;
	switch (w->op) {
	case OP_WRITE:
		w->error = do_write(w);
		break;
	case OP_PUMP:
		w->error = do_pump(w);
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
	case OP_ROTATE:
		if (w->rule.to == LOG_TO_FILE)
			w->error = logfile_rotate(&w->file, &w->rule, wall_now_ms());
		break;
	case OP_CLEAR:
		if (w->rule.to == LOG_TO_FILE)
			w->error = logfile_clear(&w->file, &w->rule);
		break;
	case OP_COMMIT:
		w->error = packing_commit(&w->packing, &w->rule);
		break;
	case OP_TRIM:
		packing_trim(&w->rule, w->trim_ms);
		break;
	case OP_NONE:
		break;
	}
}
