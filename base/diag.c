/* SPDX-License-Identifier: MIT */
#include "base/diag.h"

#include <stdarg.h>
#include <string.h>

__attribute__((format(printf, 5, 0))) static int diag_fill(struct diag *ret,
							   enum diag_kind kind,
							   const char *file, unsigned line,
							   const char *fmt, va_list ap)
{
	struct diag d = { .kind = kind, .line = line };
	struct buf text = BUF_INIT;

	if (buf_vprintf(&text, fmt, ap) < 0)
		return -1;
	d.text = buf_steal(&text);
	d.file = file ? strdup(file) : NULL;
	if (!d.text || (file && !d.file)) {
		free(d.text);
		free(d.file);
		return -1;
	}
	*ret = d;
	return 0;
}

void diags_add(struct diags *d, enum diag_kind kind, const char *file, unsigned line,
	       const char *fmt, ...)
{
	struct diag *v = reallocarray(d->v, d->n + 1, sizeof *v);
	va_list ap;
	int r;

	if (!v) {
		d->oom = 1;
		return;
	}
	d->v = v;
	va_start(ap, fmt);
	r = diag_fill(&v[d->n], kind, file, line, fmt, ap);
	va_end(ap);
	if (r < 0) {
		d->oom = 1;
		return;
	}
	d->n++;
	if (kind == DIAG_ERROR)
		d->errors++;
}

int diags_failed(const struct diags *d)
{
	return d->errors > 0 || d->oom;
}

int diag_format(const struct diag *d, struct buf *out)
{
	int r = 0;

	if (d->file && d->line)
		r = buf_printf(out, "%s:%u: ", d->file, d->line);
	else if (d->file)
		r = buf_printf(out, "%s: ", d->file);
	if (r < 0)
		return r;
	switch (d->kind) {
	case DIAG_ERROR:
		break;
	case DIAG_WARNING:
		r = buf_puts(out, "warning: ");
		break;
	case DIAG_NOTE:
		r = buf_puts(out, "note: ");
		break;
	}
	return r < 0 ? r : buf_puts(out, d->text);
}

static int same_file(const struct diag *a, const struct diag *b)
{
	return a->file && b->file ? strcmp(a->file, b->file) == 0 : a->file == b->file;
}

/* Insertion sort: stable, and the list is short. What is sorted already is grouped by file, so
 * a diag goes right behind the last of its own file that is not below it. */
void diags_sort(struct diags *d)
{
	for (size_t i = 1; i < d->n; i++) {
		struct diag x = d->v[i];
		size_t at = i, last = i;

		while (at > 0) {
			at--;
			if (!same_file(&d->v[at], &x))
				continue;
			if (d->v[at].line <= x.line) {
				last = at + 1;
				break;
			}
			last = at;
		}
		memmove(&d->v[last + 1], &d->v[last], (i - last) * sizeof x);
		d->v[last] = x;
	}
}

void diags_done(struct diags *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].file);
		free(d->v[i].text);
	}
	free(d->v);
	*d = (struct diags)DIAGS_INIT;
}
