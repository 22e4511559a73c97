/* SPDX-License-Identifier: MIT */
#include "daemon/logger/meter.h"

void meter_init(struct meter *m, int64_t rate, int64_t burst, mono_t now)
{
	/* Less than a second's worth would cut what is allowed. */
	const int64_t most = burst < rate ? rate : burst;

	*m = (struct meter){ rate, most, burst, most, now };
}

/* In whole bytes; the time that makes no whole byte yet is kept for the next look. */
static void refill(struct meter *m, mono_t now)
{
	const msec_t span = mono_span(m->at, now);
	int64_t more;

	if (span <= 0)
		return;
	if (__builtin_mul_overflow(m->rate, span, &more) || more / 1000 >= m->burst - m->have) {
		m->have = m->burst;
		m->at = now;
		return;
	}
	m->have += more / 1000;
	m->at = mono_add(m->at, more / 1000 * 1000 / m->rate);
}

bool meter_open(struct meter *m, mono_t now, mono_t *ret_at)
{
	refill(m, now);
	if (m->have > 0)
		return true;
	*ret_at = mono_add(now, (1 - m->have) * 1000 / m->rate + 1);
	return false;
}

bool meter_pass(struct meter *m, uint64_t n)
{
	m->have -= (int64_t)n;
	return m->have > 0;
}
