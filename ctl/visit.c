/* SPDX-License-Identifier: MIT */
/*
 * Calls are answered in the order in which they are made; there is only ever one kind of them
 * under way: any number of Runs, or one KillJobs. It needs the ids, and so waits for them.
 *
 * After the daemon's manager was replaced all is said again, and whatever has ended meanwhile
 * is told by the results that come first.
 */
#include "ctl/visit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "conf/value.h"
#include "ctl/clock.h"
#include "ctl/flights.h"

enum {
	ORDERS = 8, /* that may wait; people are not that fast */
	TRY_MIN = 10, /* ms from one attempt to connect to the next, doubling … */
	TRY_MAX = 200, /* … up to this */
};

struct order {
	enum visit_order what;
	int signal;
};

enum visit_state { AWAY, ATTACHING, LIVE };

struct visit {
	const struct visit_ops *ops;
	void *owner;
	const char *path;
	char key[33];
	json_t *spec;
	int limit;
	msec_t patience;

	enum visit_state state;
	mono_t due; /* AWAY: of the next attempt; ATTACHING: of the answer */
	mono_t gone; /* when not to try any longer; never: it was not away */
	msec_t pause;
	struct line results, calls;

	struct flights flights;
	uint64_t taken, told; /* results; how many the daemon knows we have */
	struct order orders[ORDERS];
	size_t n_orders;
	bool ordered; /* the first of them is out */
	struct varlink_reply refusal;
};

/* --- jobs -------------------------------------------------------------------------------- */

int visit_run(struct visit *v, uint64_t seq, json_t *spec, const int *fds, unsigned n_fds)
{
	return flights_add(&v->flights, seq, spec, fds, n_fds);
}

void visit_withdraw(struct visit *v)
{
	struct flight *l;

	while ((l = flights_unasked(&v->flights))) {
		const uint64_t seq = l->seq;

		flight_end(&v->flights, l);
		v->ops->ended(v->owner, seq, NULL);
	}
}

size_t visit_flying(const struct visit *v)
{
	return v->flights.n;
}

/* --- the daemon comes and goes ----------------------------------------------------------- */

static int attach(struct visit *v)
{
	json_t *p = json_pack("{s:s}", "session", v->key);

	if (v->spec && json_object_set(p, "template", v->spec) < 0)
		goto no_memory;
	if (v->limit && json_object_set_new(p, "limit", json_integer(v->limit)) < 0)
		goto no_memory;
	return line_call(&v->results, CONTROL_INTERFACE ".Attach", p, true, NULL, 0);
no_memory:
	json_decref(p);
	return -ENOMEM;
}

/* Try to reach it. 0: it listens, though it has not answered. */
static int reach(struct visit *v)
{
	int r = line_open(&v->results, v->path, v->patience);

	if (r == 0)
		r = line_open(&v->calls, v->path, v->patience);
	if (r == 0)
		r = attach(v);
	if (r < 0) {
		line_close(&v->results);
		line_close(&v->calls);
		return r;
	}
	v->state = ATTACHING;
	v->due = mono_add(clock_mono(), v->patience);
	return 0;
}

/* The next attempt comes after a pause. */
static void rest(struct visit *v)
{
	v->state = AWAY;
	v->due = mono_add(clock_mono(), v->pause);
	v->pause = v->pause * 2 < TRY_MAX ? v->pause * 2 : TRY_MAX;
}

/* It hung up: say everything anew when it is back. */
static void lose(struct visit *v)
{
	line_close(&v->results);
	line_close(&v->calls);
	flights_requeue(&v->flights);
	v->told = 0; /* who knows what the next one knows */
	v->ordered = false;
	if (mono_is_never(v->gone)) {
		v->gone = mono_add(clock_mono(), VISIT_AWAY);
		v->pause = TRY_MIN;
	}
	rest(v);
}

/* Away: try again when it is time. */
static int seek(struct visit *v)
{
	const mono_t now = clock_mono();

	if (mono_before(now, v->due))
		return 0;
	if (reach(v) == 0)
		return 0;
	if (!mono_before(now, v->gone))
		return -ENOTCONN;
	rest(v);
	return 0;
}

/* So few bytes come whole: getrandom(2). */
static int make_key(char *key, size_t size)
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof bytes, 0) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(key + 2 * i, size - 2 * i, "%02x", bytes[i]);
	return 0;
}

int visit_new(const struct visit_plan *plan, const struct visit_ops *ops, void *owner,
	      struct visit **ret)
{
	_cleanup_(visit_freep) struct visit *v = calloc(1, sizeof *v);
	int r;

	if (!v) {
		json_decref(plan->spec);
		return -ENOMEM;
	}
	*v = (struct visit){
		.ops = ops,
		.owner = owner,
		.path = plan->path,
		.spec = plan->spec,
		.limit = plan->limit,
		.patience = plan->patience,
		.gone = MONO_NEVER,
		.results = LINE_CLOSED,
		.calls = LINE_CLOSED,
	};
	flights_init(&v->flights);
	r = make_key(v->key, sizeof v->key);
	if (r == 0)
		r = reach(v);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(v);
	return 0;
}

struct visit *visit_free(struct visit *v)
{
	if (!v)
		return NULL;
	flights_done(&v->flights);
	line_close(&v->results);
	line_close(&v->calls);
	json_decref(v->spec);
	varlink_reply_done(&v->refusal);
	free(v);
	return NULL;
}

/* --- calls ------------------------------------------------------------------------------- */

static int say_run(struct visit *v, struct flight *l)
{
	json_t *p = json_pack("{s:s,s:I,s:O}", "session", v->key, "seq", (json_int_t)l->seq,
			      "job", l->spec);

	if (v->taken != v->told &&
	    json_object_set_new(p, "seen", json_integer((json_int_t)v->taken)) < 0) {
		json_decref(p);
		return -ENOMEM;
	}
	v->told = v->taken;
	l->phase = FLIGHT_SAID;
	l->asked = true;
	return line_call(&v->calls, CONTROL_INTERFACE ".Run", p, false, l->fds, l->n_fds);
}

static void order_done(struct visit *v)
{
	memmove(v->orders, v->orders + 1, --v->n_orders * sizeof *v->orders);
	v->ordered = false;
}

static int say_order(struct visit *v)
{
	const struct order *o = &v->orders[0];
	const char *word = signal_word(o->signal);
	json_t *ids = flights_ids(&v->flights);
	char number[16];
	json_t *p;

	if (!json_array_size(ids)) {
		json_decref(ids);
		order_done(v);
		return 0;
	}
	snprintf(number, sizeof number, "%d", o->signal);
	p = json_pack("{s:o}", "ids", ids);
	if (o->what == ORDER_SIGNAL)
		(void)json_object_set_new(p, "signal", json_string(word ? word : number));
	if (o->what == ORDER_DROP)
		(void)json_object_set_new(p, "waiting", json_true());
	v->ordered = true;
	return line_call(&v->calls, CONTROL_INTERFACE ".KillJobs", p, false, NULL, 0);
}

/* What is next; false: nothing, for now. An order is about all that was asked for before it,
 * also of a manager that is no more. */
static bool say_next(struct visit *v, int *ret)
{
	struct flight *l = flights_first(&v->flights, FLIGHT_QUEUED);

	if (v->ordered)
		return false;
	if (v->n_orders && !(l && l->asked)) {
		if (flights_first(&v->flights, FLIGHT_SAID))
			return false;
		*ret = say_order(v);
		return true;
	}
	if (l)
		*ret = say_run(v, l);
	return l;
}

int visit_say(struct visit *v)
{
	int r;

	if (v->state != LIVE)
		return 0;
	r = line_send(&v->calls);
	while (r == 0 && line_idle(&v->calls) && say_next(v, &r))
		;
	return r;
}

void visit_order(struct visit *v, enum visit_order order, int signal)
{
	if (v->n_orders < ORDERS)
		v->orders[v->n_orders++] = (struct order){ order, signal };
}

bool visit_quiet(const struct visit *v)
{
	return v->n_orders == 0;
}

/* --- what comes -------------------------------------------------------------------------- */

/* A session that the daemon no longer has: it waited for us, and gave us up. */
static bool is_forgotten(const struct varlink_reply *reply)
{
	return reply->error && !strcmp(reply->error, CONTROL_INTERFACE ".NoSuchSession");
}

static int hear_answer(struct visit *v, struct varlink_reply *reply)
{
	struct flight *l;
	uint64_t seq;
	bool refused;

	if (is_forgotten(reply)) {
		v->refusal = TAKE(*reply, (struct varlink_reply){ 0 });
		return VISIT_REFUSED;
	}
	if (v->ordered) {
		order_done(v);
		return VISIT_OK;
	}
	l = flights_first(&v->flights, FLIGHT_SAID);
	if (!l)
		return -EBADMSG;
	seq = l->seq;
	refused = reply->error && !l->ended;
	if (refused)
		flight_end(&v->flights, l);
	flight_answered(l, json_integer_value(json_object_get(reply->parameters, "id")));
	if (refused)
		v->ops->refused(v->owner, seq, reply);
	return VISIT_OK;
}

static void hear_job(struct visit *v, const json_t *job)
{
	const json_int_t seq = json_integer_value(json_object_get(job, "seq"));
	struct flight *l = flights_find(&v->flights, (uint64_t)seq);

	if (!l) /* it was told before the manager was replaced */
		return;
	v->taken++;
	flight_end(&v->flights, l);
	v->ops->ended(v->owner, (uint64_t)seq, job);
}

static int hear_result(struct visit *v, struct varlink_reply *reply)
{
	const json_t *job = json_object_get(reply->parameters, "job");

	if (reply->error) {
		v->refusal = TAKE(*reply, (struct varlink_reply){ 0 });
		return VISIT_REFUSED;
	}
	if (!reply->continues)
		return -EBADMSG;
	v->state = LIVE;
	v->gone = MONO_NEVER;
	if (json_is_object(job))
		hear_job(v, job);
	return VISIT_OK;
}

static void reply_donep(struct varlink_reply *r)
{
	varlink_reply_done(r);
}

typedef int hear_fn(struct visit *v, struct varlink_reply *reply);

/* What has come on a line, if anything. */
static int hear(struct visit *v, struct line *l, short ready, hear_fn *fn)
{
	int r;

	if (!(ready & ~POLLOUT))
		return 0;
	r = line_receive(l);
	if (r < 0)
		return r;
	for (;;) {
		_cleanup_(reply_donep) struct varlink_reply reply = { 0 };

		r = line_reply(l, &reply);
		if (r == LINE_REPLY)
			r = fn(v, &reply);
		else
			return r;
		if (r != VISIT_OK)
			return r;
	}
}

/* --- turns ------------------------------------------------------------------------------- */

unsigned visit_poll(const struct visit *v, struct pollfd *p)
{
	if (v->state == AWAY)
		return 0;
	p[0] = (struct pollfd){ .fd = v->results.fd, .events = line_events(&v->results) };
	p[1] = (struct pollfd){ .fd = v->calls.fd, .events = line_events(&v->calls) };
	return 2;
}

int visit_wait(const struct visit *v)
{
	return v->state == LIVE ? -1 : clock_wait(v->due);
}

/* One that hangs up may have said something on the other line before. */
static int hear_both(struct visit *v, const struct pollfd *p)
{
	const int r = hear(v, &v->results, p[0].revents, hear_result);
	const int q = r == 0 || r == -EPIPE ? hear(v, &v->calls, p[1].revents, hear_answer) : r;

	return q != 0 ? q : r;
}

static int converse(struct visit *v, const struct pollfd *p)
{
	int r = line_send(&v->results);

	if (r == 0)
		r = hear_both(v, p);
	if (r == 0 && v->state == ATTACHING && !mono_before(clock_mono(), v->due))
		r = -ETIMEDOUT;
	return r;
}

int visit_turn(struct visit *v, unsigned n, const struct pollfd *p)
{
	int r = v->state == AWAY ? seek(v) : n ? converse(v, p) : 0;

	if (r == -EPIPE && v->state != AWAY) {
		lose(v);
		return VISIT_OK;
	}
	return r;
}

const struct varlink_reply *visit_refusal(const struct visit *v)
{
	return &v->refusal;
}
