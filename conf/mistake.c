/* SPDX-License-Identifier: MIT */
#include "conf/load.h"

void mistake(const struct spot *at, enum diag_kind kind, const char *fmt, ...)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct diags *d = at->load->diags;
	struct origin where = at->found ? at->found->at : (struct origin){ NULL, 0 };
	va_list ap;
	int r;

	if (at->load->mute || (at->load->quiet && kind != DIAG_ERROR))
		return;
	if (!at->found && at->section)
		where = at->section->at;
	va_start(ap, fmt);
	r = buf_vprintf(&b, fmt, ap);
	va_end(ap);
	if (r < 0)
		d->oom = 1;
	else if (at->option)
		diags_add(d, kind, NULL, 0, "%s: %s", at->option, buf_str(&b));
	else if (at->key)
		diags_add(d, kind, where.file, where.line, "[%s] %s: %s", at->section->name,
			  at->key, buf_str(&b));
	else
		diags_add(d, kind, where.file, where.line, "[%s]: %s", at->section->name,
			  buf_str(&b));
}
