/* SPDX-License-Identifier: MIT */
#include "conf/limits.h"

#include <string.h>
#include <strings.h>

#include "conf/blank.h"
#include "conf/quote.h"
#include "conf/value.h"

/* What an error says would be right. */
#define BYTES	"bytes (512MB, 2G)"
#define HUNDRED INT64_C(10000) /* percent, in hundredths of one */

enum { PERIOD_US = 100000, QUOTA_MIN_US = 1000, PERIOD_MAX_US = 1000000 };

/* linux/ioprio.h, which not every machine has. */
enum { IOPRIO_SHIFT = 13, IOPRIO_LEVELS = 8, IOPRIO_NORMAL = 4 };
static const char *const io_classes[] = { [1] = "realtime", [2] = "best-effort", [3] = "idle" };

/* "not a valid WHAT: 'text'; write RIGHT" */
static int bad(struct buf *why, const char *what, const char *text, const char *right)
{
	int r = buf_printf(why, "not a valid %s: ", what);

	if (r == 0)
		r = quote_repr(why, text);
	if (r == 0)
		r = buf_printf(why, "; write %s", right);
	return r < 0 ? r : VALUE_BAD;
}

/* --- numbers ----------------------------------------------------------------------------- */

/* Digits to the end, no more than fit. */
static bool read_digits(const char *s, size_t n, uint64_t *ret)
{
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(x, 10, &x) ||
		    __builtin_add_overflow(x, (uint64_t)(s[i] - '0'), &x))
			return false;
	}
	*ret = x;
	return n && x <= INT64_MAX;
}

/* How far the unit at the end of s[0..*n) shifts; takes it off. */
static int take_unit(const char *s, size_t *n)
{
	static const char units[] = "kKmMgGtT";
	size_t len = *n;
	const char *unit;

	if (len > 1 && (s[len - 1] == 'B' || s[len - 1] == 'b'))
		len--;
	unit = len > 1 ? memchr(units, s[len - 1], sizeof units - 1) : NULL;
	if (!unit)
		return 0;
	*n = len - 1;
	return ((int)(unit - units) / 2 + 1) * 10;
}

static bool read_number(const char *s, size_t n, bool bytes, uint64_t *ret)
{
	uint64_t x;
	int shift;

	s = trim(s, &n);
	shift = bytes ? take_unit(s, &n) : 0;
	s = trim(s, &n);
	if (!read_digits(s, n, &x) || x > (uint64_t)INT64_MAX >> shift)
		return false;
	*ret = x << shift;
	return true;
}

static bool is_word(const char *s, size_t n, const char *word)
{
	s = trim(s, &n);
	return strlen(word) == n && strncasecmp(s, word, n) == 0;
}

/* A number with at most two decimals, in hundredths. */
static bool read_hundredths(const char *s, size_t n, uint64_t *ret)
{
	const char *point = memchr(s, '.', n);
	const size_t before = point ? (size_t)(point - s) : n;
	const size_t after = point ? n - before - 1 : 0;
	uint64_t whole, part = 0;

	if (!read_digits(s, before, &whole) || whole > 1000000)
		return false;
	if (point && (after > 2 || !read_digits(point + 1, after, &part)))
		return false;
	*ret = whole * 100 + (after == 1 ? part * 10 : part);
	return true;
}

/* N%, in hundredths of a percent. The sign may be doubled, as it has to be elsewhere. */
static bool read_percent(const char *s, size_t n, uint64_t *ret)
{
	s = trim(s, &n);
	if (!n || s[--n] != '%')
		return false;
	n -= n && s[n - 1] == '%';
	s = trim(s, &n);
	return read_hundredths(s, n, ret);
}

static int print_size(uint64_t n, struct buf *out)
{
	static const char *const units[] = { "GB", "MB", "KB" };

	for (size_t i = 0; n && i < ARRAY_SIZE(units); i++) {
		const unsigned shift = 30 - 10 * (unsigned)i;

		if (!(n & ((UINT64_C(1) << shift) - 1)))
			return buf_printf(out, "%llu%s", (unsigned long long)(n >> shift),
					  units[i]);
	}
	return buf_printf(out, "%llu", (unsigned long long)n);
}

/* @n hundredths. */
static int print_percent(uint64_t n, struct buf *out)
{
	const unsigned part = (unsigned)(n % 100);
	int r = buf_printf(out, "%llu", (unsigned long long)(n / 100));

	if (r == 0 && part)
		r = part % 10 ? buf_printf(out, ".%02u", part)
			      : buf_printf(out, ".%u", part / 10);
	return r < 0 ? r : buf_putc(out, '%');
}

/* --- rlimits ----------------------------------------------------------------------------- */

static bool read_limit(const char *s, size_t n, bool bytes, uint64_t *ret)
{
	if (!is_word(s, n, "unlimited"))
		return read_number(s, n, bytes, ret);
	*ret = LIMIT_UNLIMITED;
	return true;
}

static int read_limits(const char *text, bool bytes, struct rlimit_spec *ret, struct buf *why)
{
	const char *colon = strchrnul(text, ':');
	struct rlimit_spec l = { .set = true };

	if (!read_limit(text, (size_t)(colon - text), bytes, &l.soft))
		return bad(why, "limit", text,
			   bytes ? BYTES ", unlimited, or two of them as SOFT:HARD"
				 : "a number, unlimited, or two of them as SOFT:HARD");
	l.hard = l.soft;
	if (*colon && !read_limit(colon + 1, strlen(colon + 1), bytes, &l.hard))
		return bad(why, "hard limit", colon + 1,
			   bytes ? BYTES " or unlimited" : "a number or unlimited");
	if (l.soft > l.hard)
		return bad(why, "limit", text, "SOFT:HARD, of which HARD is the larger");
	*ret = l;
	return VALUE_OK;
}

int value_bytes_limit(const char *text, struct rlimit_spec *ret, struct buf *why)
{
	return read_limits(text, true, ret, why);
}

int value_number_limit(const char *text, struct rlimit_spec *ret, struct buf *why)
{
	return read_limits(text, false, ret, why);
}

static int print_limit(uint64_t n, bool bytes, struct buf *out)
{
	if (n == LIMIT_UNLIMITED)
		return buf_puts(out, "unlimited");
	return bytes ? print_size(n, out) : buf_printf(out, "%llu", (unsigned long long)n);
}

static int print_limits(const struct rlimit_spec *l, bool bytes, struct buf *out)
{
	int r = print_limit(l->soft, bytes, out);

	if (r < 0 || l->soft == l->hard)
		return r;
	r = buf_putc(out, ':');
	return r < 0 ? r : print_limit(l->hard, bytes, out);
}

/* --- cgroups ----------------------------------------------------------------------------- */

static int read_amount(const char *text, bool bytes, struct amount *ret, struct buf *why)
{
	const size_t n = strlen(text);
	struct amount a = { AMOUNT_MAX, 0 };

	if (is_word(text, n, "max")) {
		*ret = a;
		return VALUE_OK;
	}
	if (read_percent(text, n, &a.n)) {
		a.kind = AMOUNT_PERCENT;
		if (a.n > HUNDRED)
			return bad(why, "percentage", text, "100% at most");
	} else if (read_number(text, n, bytes, &a.n)) {
		a.kind = AMOUNT_NUMBER;
	} else {
		return bad(why, bytes ? "size" : "number", text,
			   bytes ? BYTES ", a percentage such as 40%, or max"
				 : "a whole number, a percentage such as 40%, or max");
	}
	if (a.n == 0)
		return bad(why, bytes ? "size" : "number", text,
			   "one above zero, or max for no limit");
	*ret = a;
	return VALUE_OK;
}

int value_bytes_max(const char *text, struct amount *ret, struct buf *why)
{
	return read_amount(text, true, ret, why);
}

int value_number_max(const char *text, struct amount *ret, struct buf *why)
{
	return read_amount(text, false, ret, why);
}

static int print_amount(const struct amount *a, bool bytes, struct buf *out)
{
	switch (a->kind) {
	case AMOUNT_MAX:
		return buf_puts(out, "max");
	case AMOUNT_PERCENT:
		return print_percent(a->n, out);
	case AMOUNT_NUMBER:
		break;
	}
	return print_limit(a->n, bytes, out);
}

/* QUOTA PERIOD, as the file cpu.max has it. */
static bool read_quota(const char *text, uint64_t *quota, uint64_t *period)
{
	size_t n = strlen(text), first = 0;

	text = trim(text, &n);
	while (first < n && !is_blank(text[first]))
		first++;
	return read_number(text, first, false, quota) &&
	       read_number(text + first, n - first, false, period);
}

int value_cpu_max(const char *text, struct cpu_quota *ret, struct buf *why)
{
	uint64_t quota, period = PERIOD_US, percent;

	if (is_word(text, strlen(text), "max")) {
		*ret = (struct cpu_quota){ 0, PERIOD_US };
		return VALUE_OK;
	}
	if (read_percent(text, strlen(text), &percent)) {
		if (percent < 100 || percent > HUNDRED * CPUS_MAX)
			return bad(why, "percentage", text,
				   "1% to 102400%; 100% is one processor");
		quota = percent * PERIOD_US / HUNDRED;
	} else if (!read_quota(text, &quota, &period)) {
		return bad(why, "share of processors", text,
			   "a percentage such as 150%, QUOTA and PERIOD in microseconds such "
			   "as 150000 100000, or max");
	} else if (period < QUOTA_MIN_US || period > PERIOD_MAX_US || quota < QUOTA_MIN_US ||
		   quota > CPUS_MAX * period) {
		return bad(why, "share of processors", text,
			   "a QUOTA of 1000 or more and a PERIOD of 1000 to 1000000 "
			   "microseconds");
	}
	*ret = (struct cpu_quota){ (int64_t)quota, (int64_t)period };
	return VALUE_OK;
}

static int print_quota(const struct cpu_quota *q, struct buf *out)
{
	const uint64_t percent = (uint64_t)q->quota_us * HUNDRED / PERIOD_US;

	if (!q->quota_us)
		return buf_puts(out, "max");
	if (q->period_us == PERIOD_US)
		return print_percent(percent, out);
	return buf_printf(out, "%lld %lld", (long long)q->quota_us, (long long)q->period_us);
}

/* --- numbers with bounds ----------------------------------------------------------------- */

static int read_within(const char *text, const char *what, int least, int most, int *ret,
		       struct buf *why)
{
	int n, r = value_int(text, &n, why);

	if (r != VALUE_OK)
		return r;
	if (n < least || n > most) {
		r = buf_printf(why, "%s out of range: %d; write one between %d and %d", what, n,
			       least, most);
		return r < 0 ? r : VALUE_BAD;
	}
	*ret = n;
	return VALUE_OK;
}

int value_weight(const char *text, int *ret, struct buf *why)
{
	return read_within(text, "weight", 1, WEIGHT_MAX, ret, why);
}

int value_nice(const char *text, int *ret, struct buf *why)
{
	return read_within(text, "nice value", -20, 19, ret, why);
}

int value_oom_score(const char *text, int *ret, struct buf *why)
{
	return read_within(text, "score", -1000, 1000, ret, why);
}

int value_ioprio(const char *text, int *ret, struct buf *why)
{
	const size_t n = strcspn(text, "/");
	uint64_t level = IOPRIO_NORMAL;

	for (int i = 1; i < (int)ARRAY_SIZE(io_classes); i++) {
		const bool idle = i == (int)ARRAY_SIZE(io_classes) - 1;

		if (!is_word(text, n, io_classes[i]))
			continue;
		if (text[n] &&
		    (idle || !read_number(text + n + 1, strlen(text + n + 1), false, &level)))
			break;
		if (level >= IOPRIO_LEVELS)
			break;
		*ret = i << IOPRIO_SHIFT | (idle ? 0 : (int)level);
		return VALUE_OK;
	}
	return bad(why, "priority of input and output", text,
		   "idle, best-effort/LEVEL or realtime/LEVEL with a LEVEL from 0 to 7");
}

static int print_ioprio(int ioprio, struct buf *out)
{
	const int i = ioprio >> IOPRIO_SHIFT;
	int r = buf_puts(out, io_classes[i]);

	if (r < 0 || i == (int)ARRAY_SIZE(io_classes) - 1)
		return r;
	return buf_printf(out, "/%d", ioprio & (IOPRIO_LEVELS - 1));
}

/* --- by type of key ---------------------------------------------------------------------- */

bool limits_is(enum key_type type)
{
	return type >= KEY_BYTES_LIMIT && type <= KEY_IOPRIO;
}

bool limits_has_percent(enum key_type type)
{
	return type == KEY_BYTES_MAX || type == KEY_NUMBER_MAX || type == KEY_CPU_MAX;
}

bool limits_is_set(enum key_type type, const void *field)
{
	switch ((int)type) {
	case KEY_BYTES_LIMIT:
	case KEY_NUMBER_LIMIT:
		return ((const struct rlimit_spec *)field)->set;
	case KEY_WEIGHT:
		return *(const int *)field;
	case KEY_NICE:
	case KEY_OOM_SCORE:
	case KEY_IOPRIO:
		return *(const int *)field != LIMIT_INHERIT;
	default:
		return true;
	}
}

static bool same_limits(const struct rlimit_spec *a, const struct rlimit_spec *b)
{
	return a->set == b->set && a->soft == b->soft && a->hard == b->hard;
}

static bool same_amount(const struct amount *a, const struct amount *b)
{
	return a->kind == b->kind && a->n == b->n;
}

static bool same_quota(const struct cpu_quota *a, const struct cpu_quota *b)
{
	return a->quota_us == b->quota_us && a->period_us == b->period_us;
}

bool limits_same(enum key_type type, const void *a, const void *b)
{
	switch ((int)type) {
	case KEY_BYTES_LIMIT:
	case KEY_NUMBER_LIMIT:
		return same_limits(a, b);
	case KEY_BYTES_MAX:
	case KEY_NUMBER_MAX:
		return same_amount(a, b);
	case KEY_CPU_MAX:
		return same_quota(a, b);
	default:
		return *(const int *)a == *(const int *)b;
	}
}

int limits_print(enum key_type type, const void *field, struct buf *out)
{
	switch ((int)type) {
	case KEY_BYTES_LIMIT:
	case KEY_NUMBER_LIMIT:
		return print_limits(field, type == KEY_BYTES_LIMIT, out);
	case KEY_BYTES_MAX:
	case KEY_NUMBER_MAX:
		return print_amount(field, type == KEY_BYTES_MAX, out);
	case KEY_CPU_MAX:
		return print_quota(field, out);
	case KEY_IOPRIO:
		return print_ioprio(*(const int *)field, out);
	default:
		return buf_printf(out, "%d", *(const int *)field);
	}
}

void limits_none(struct limits_spec *l)
{
	*l = (struct limits_spec){ .nice = LIMIT_INHERIT,
				   .oom_score_adj = LIMIT_INHERIT,
				   .ioprio = LIMIT_INHERIT,
				   .cpu_max = { 0, PERIOD_US } };
}
