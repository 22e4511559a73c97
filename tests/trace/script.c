/* SPDX-License-Identifier: MIT */
#include "tests/trace/script.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

bool script_msec(const char *word, msec_t *ret)
{
	char *end;
	double s = strtod(word, &end);

	if (end == word || *end || s < 0)
		return false;
	*ret = (msec_t)(s * 1000 + 0.5);
	return true;
}

bool script_number(const char *word, long *ret)
{
	char *end;

	*ret = strtol(word, &end, 10);
	return end != word && !*end;
}

bool script_signal(const char *word, int *ret)
{
	for (int sig = 1; sig < 32; sig++) {
		const char *name = sigabbrev_np(sig);

		if (name && strcmp(name, word) == 0) {
			*ret = sig;
			return true;
		}
	}
	return false;
}

bool script_errno(const char *word, int *ret)
{
	for (int e = 1; e < 134; e++) {
		const char *name = strerrorname_np(e);

		if (name && strcmp(name, word) == 0) {
			*ret = e;
			return true;
		}
	}
	return false;
}

bool script_status(const char *word, int *ret)
{
	long code;

	if (strncmp(word, "SIG", 3) == 0)
		return script_signal(word + 3, ret);
	if (!script_number(word, &code) || code < 0 || code > 255)
		return false;
	*ret = (int)code << 8;
	return true;
}

bool script_event(const char *word, enum event_kind *ret)
{
	for (int k = 0; k < EVENT_KIND_N; k++)
		if (strcasecmp(word, event_kind_name((enum event_kind)k)) == 0) {
			*ret = (enum event_kind)k;
			return true;
		}
	return false;
}

const char *script_value(const char *word, const char *key)
{
	const size_t len = strlen(key);

	return strncmp(word, key, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}

static bool set_flag(const char *value, bool *ret)
{
	*ret = strcmp(value, "true") == 0;
	return *ret || strcmp(value, "false") == 0;
}

static bool set_int(const char *value, int *ret)
{
	long n;

	if (!script_number(value, &n))
		return false;
	*ret = (int)n;
	return true;
}

static bool set_restart(const char *value, enum proc_restart *ret)
{
	bool always;

	if (strcmp(value, "unexpected") == 0) {
		*ret = RESTART_UNEXPECTED;
		return true;
	}
	if (!set_flag(value, &always))
		return false;
	*ret = always ? RESTART_ALWAYS : RESTART_NEVER;
	return true;
}

static bool set_codes(const char *value, uint32_t *ret)
{
	memset(ret, 0, 8 * sizeof *ret);
	while (*value) {
		char *end;
		const unsigned long code = strtoul(value, &end, 10);

		if (end == value || code > 255)
			return false;
		ret[code / 32] |= 1u << (code % 32);
		value = *end == ',' ? end + 1 : end;
	}
	return true;
}

static bool set_rate(const char *value, double *ret)
{
	char *end;

	*ret = strtod(value, &end);
	return end != value && !*end;
}

static bool start_policy(const char *word, struct proc_policy *p)
{
	const char *v;

	if ((v = script_value(word, "autostart")))
		return set_flag(v, &p->autostart);
	if ((v = script_value(word, "startsecs")))
		return script_msec(v, &p->startsecs);
	if ((v = script_value(word, "startretries")))
		return set_int(v, &p->startretries);
	if ((v = script_value(word, "autorestart")))
		return set_restart(v, &p->restart);
	if ((v = script_value(word, "exitcodes")))
		return set_codes(v, p->exitcodes);
	if ((v = script_value(word, "restart_rate")))
		return set_rate(v, &p->rate);
	if ((v = script_value(word, "restart_burst")))
		return set_int(v, &p->burst);
	return false;
}

static bool stop_policy(const char *word, struct proc_policy *p)
{
	const char *v;

	if ((v = script_value(word, "stopsignal")))
		return script_signal(v, &p->stopsignal);
	if ((v = script_value(word, "stopwaitsecs")))
		return script_msec(v, &p->stopwait);
	if ((v = script_value(word, "stopasgroup")))
		return set_flag(v, &p->stop_group);
	if ((v = script_value(word, "killasgroup")))
		return set_flag(v, &p->kill_group);
	if ((v = script_value(word, "runtimeout")))
		return script_msec(v, &p->runtimeout);
	return false;
}

static bool set_type(const char *value, bool *oneshot)
{
	*oneshot = strcmp(value, "oneshot") == 0;
	return *oneshot || strcmp(value, "simple") == 0;
}

static bool oneshot_policy(const char *word, struct proc_policy *p)
{
	const char *v;

	if ((v = script_value(word, "type")))
		return set_type(v, &p->oneshot);
	if ((v = script_value(word, "retries")))
		return set_int(v, &p->retries);
	if ((v = script_value(word, "retry_delay")))
		return script_msec(v, &p->retry_delay);
	return false;
}

bool script_policy(const char *word, struct proc_policy *policy)
{
	return start_policy(word, policy) || stop_policy(word, policy) ||
	       oneshot_policy(word, policy);
}

bool script_parse(char *text, struct script_line *ret)
{
	char *save, *word;

	*ret = (struct script_line){ 0 };
	text[strcspn(text, "#\n")] = '\0';
	word = strtok_r(text, " \t", &save);
	if (word && isdigit((unsigned char)*word)) {
		ret->timed = true;
		if (!script_msec(word, &ret->at.ms))
			return false;
		word = strtok_r(NULL, " \t", &save);
	}
	if (word && strcmp(word, ">") == 0) {
		ret->effect = true;
		word = strtok_r(NULL, " \t", &save);
	}
	for (; word && ret->n < SCRIPT_WORDS; word = strtok_r(NULL, " \t", &save))
		ret->word[ret->n++] = word;
	return !word && (ret->n > 0 || (!ret->timed && !ret->effect));
}

void script_effect(const struct effect *e, const char *name, char *ret, size_t size)
{
	*ret = '\0';
	switch (e->kind) {
	case EFFECT_SPAWN:
		snprintf(ret, size, "spawn %s %u", name, e->gen);
		break;
	case EFFECT_SIGNAL:
		snprintf(ret, size, "signal %s%s %s", e->group ? "group of " : "", name,
			 sigabbrev_np(e->arg));
		break;
	case EFFECT_STATE: /* what only the ledger is interested in is not shown */
		if (e->arg != e->arg2)
			snprintf(ret, size, "%s %s -> %s", name,
				 proc_seen_name((enum proc_seen)e->arg2),
				 proc_seen_name((enum proc_seen)e->arg));
		break;
	case EFFECT_SETTLED:
		snprintf(ret, size, "settled %s %u", name, e->gen);
		break;
	case EFFECT_REMOVED:
		snprintf(ret, size, "removed %s", name);
		break;
	case EFFECT_ALL_DOWN:
		snprintf(ret, size, "all down");
		break;
	}
}
