/* SPDX-License-Identifier: MIT */
#include "daemon/logger/outage.h"

bool outage_fails(struct outage *o, int error, mono_t now)
{
	const bool begins = !o->error;

	if (!o->pause_ms)
		o->pause_ms = OUTAGE_PAUSE_MS;
	o->error = error;
	o->retry_at = mono_add(now, o->pause_ms);
	o->pause_ms *= 2;
	if (o->pause_ms > OUTAGE_PAUSE_MAX_MS)
		o->pause_ms = OUTAGE_PAUSE_MAX_MS;
	return begins;
}

/* The pause outlives the outage: a full disk that takes a block now and then must not fill
 * the daemon's log with complaints. */
bool outage_works(struct outage *o, mono_t now, struct outage *ret)
{
	if (o->error) {
		*ret = *o;
		o->error = 0;
		o->dropped = 0;
		return true;
	}
	if (mono_before(mono_add(o->retry_at, OUTAGE_FORGIVE_MS), now))
		o->pause_ms = 0;
	return false;
}
