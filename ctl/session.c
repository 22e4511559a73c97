/* SPDX-License-Identifier: MIT */
/*
 * The life of a job here is QUEUED, SAID (its Run is out), KNOWN (its id came), gone. Calls are
 * answered in the order in which they are made; there is only ever one kind of them under way:
 * any number of Runs, answered in the order of the list, or one KillJobs. It needs the ids, and
 * so waits for them.
 *
 * After the daemon's manager was replaced all is QUEUED again, and whatever has ended meanwhile
 * is told by the results that come first. A job whose result came before the answer to its Run
 * stays in the list for that answer, as ended.
 */
#include "ctl/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/list.h"
#include "conf/value.h"
#include "ctl/clock.h"

enum {
	ORDERS = 8, /* that may wait; people are not that fast */
	TRY_MIN = 10, /* ms from one attempt to connect to the next, doubling … */
	TRY_MAX = 200, /* … up to this */
};

enum job_phase { JOB_QUEUED, JOB_SAID, JOB_KNOWN };

struct job {
	struct list link;
	uint64_t seq;
	json_t *spec;
	int fds[LINE_FDS];
	unsigned n_fds;
	enum job_phase phase;
	bool asked; /* it was said at least once: the daemon may know it */
	bool ended;
	json_int_t id;
};

struct order {
	enum session_order what;
	int signal;
};

enum session_state { AWAY, ATTACHING, LIVE };

struct session {
	const struct session_ops *ops;
	void *owner;
	const char *path;
	char key[33];
	json_t *spec;
	int limit;
	msec_t patience;

	enum session_state state;
	mono_t due; /* AWAY: of the next attempt; ATTACHING: of the answer */
	mono_t gone; /* when not to try any longer; never: it was not away */
	msec_t pause;
	struct line results, calls;

	struct list jobs; /* in the order of session_run() */
	size_t flying;
	uint64_t taken, told; /* results; how many the daemon knows we have */
	struct order orders[ORDERS];
	size_t n_orders;
	bool ordered; /* the first of them is out */
	struct varlink_reply refusal;
};

/* --- jobs -------------------------------------------------------------------------------- */

static struct job *job_of(struct list *l)
{
	return container_of(l, struct job, link);
}

static void job_free(struct job *j)
{
	list_unlink(&j->link);
	json_decref(j->spec);
	free(j);
}

static struct job *first_in(struct session *s, enum job_phase phase)
{
	for (struct list *l = s->jobs.next; l != &s->jobs; l = l->next)
		if (job_of(l)->phase == phase)
			return job_of(l);
	return NULL;
}

static struct job *by_seq(struct session *s, uint64_t seq)
{
	for (struct list *l = s->jobs.next; l != &s->jobs; l = l->next)
		if (job_of(l)->seq == seq && !job_of(l)->ended)
			return job_of(l);
	return NULL;
}

/* It is nobody's business any more, but that the answer to its Run may still come. */
static void job_end(struct session *s, struct job *j)
{
	s->flying--;
	j->ended = true;
	if (j->phase != JOB_SAID)
		job_free(j);
}

int session_run(struct session *s, uint64_t seq, json_t *spec, const int *fds, unsigned n_fds)
{
	struct job *j = calloc(1, sizeof *j);

	if (!j || !spec) {
		json_decref(spec);
		free(j);
		return -ENOMEM;
	}
	*j = (struct job){ .seq = seq, .spec = spec, .n_fds = n_fds };
	for (unsigned i = 0; i < n_fds; i++)
		j->fds[i] = fds[i];
	list_append(&s->jobs, &j->link);
	s->flying++;
	return 0;
}

void session_withdraw(struct session *s)
{
	for (struct list *l = s->jobs.next, *next; l != &s->jobs; l = next) {
		struct job *j = job_of(l);
		const uint64_t seq = j->seq;

		next = l->next;
		if (j->phase != JOB_QUEUED || j->asked)
			continue;
		job_end(s, j);
		s->ops->ended(s->owner, seq, NULL);
	}
}

size_t session_flying(const struct session *s)
{
	return s->flying;
}

/* --- the daemon comes and goes ----------------------------------------------------------- */

static int attach(struct session *s)
{
	json_t *p = json_pack("{s:s}", "session", s->key);

	if (s->spec && json_object_set(p, "template", s->spec) < 0)
		goto no_memory;
	if (s->limit && json_object_set_new(p, "limit", json_integer(s->limit)) < 0)
		goto no_memory;
	return line_call(&s->results, CONTROL_INTERFACE ".Attach", p, true, NULL, 0);
no_memory:
	json_decref(p);
	return -ENOMEM;
}

/* Try to reach it. 0: it listens, though it has not answered. */
static int reach(struct session *s)
{
	int r = line_open(&s->results, s->path, s->patience);

	if (r == 0)
		r = line_open(&s->calls, s->path, s->patience);
	if (r == 0)
		r = attach(s);
	if (r < 0) {
		line_close(&s->results);
		line_close(&s->calls);
		return r;
	}
	s->state = ATTACHING;
	s->due = mono_add(clock_mono(), s->patience);
	return 0;
}

/* The next attempt comes after a pause. */
static void rest(struct session *s)
{
	s->state = AWAY;
	s->due = mono_add(clock_mono(), s->pause);
	s->pause = s->pause * 2 < TRY_MAX ? s->pause * 2 : TRY_MAX;
}

/* It hung up: say everything anew when it is back. */
static void lose(struct session *s)
{
	line_close(&s->results);
	line_close(&s->calls);
	for (struct list *l = s->jobs.next, *next; l != &s->jobs; l = next) {
		struct job *j = job_of(l);

		next = l->next;
		j->phase = JOB_QUEUED;
		if (j->ended)
			job_free(j);
	}
	s->ordered = false;
	if (mono_is_never(s->gone)) {
		s->gone = mono_add(clock_mono(), SESSION_AWAY);
		s->pause = TRY_MIN;
	}
	rest(s);
}

/* Away: try again when it is time. */
static int seek(struct session *s)
{
	const mono_t now = clock_mono();

	if (mono_before(now, s->due))
		return 0;
	if (reach(s) == 0)
		return 0;
	if (!mono_before(now, s->gone))
		return -EPIPE;
	rest(s);
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

int session_new(const struct session_plan *plan, const struct session_ops *ops, void *owner,
		struct session **ret)
{
	_cleanup_(session_freep) struct session *s = calloc(1, sizeof *s);
	int r;

	if (!s) {
		json_decref(plan->spec);
		return -ENOMEM;
	}
	*s = (struct session){
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
	list_init(&s->jobs);
	r = make_key(s->key, sizeof s->key);
	if (r == 0)
		r = reach(s);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

struct session *session_free(struct session *s)
{
	if (!s)
		return NULL;
	while (s->jobs.next && list_linked(&s->jobs))
		job_free(job_of(s->jobs.next));
	line_close(&s->results);
	line_close(&s->calls);
	json_decref(s->spec);
	varlink_reply_done(&s->refusal);
	free(s);
	return NULL;
}

/* --- calls ------------------------------------------------------------------------------- */

static int say_run(struct session *s, struct job *j)
{
	json_t *p = json_pack("{s:s,s:I,s:O}", "session", s->key, "seq", (json_int_t)j->seq,
			      "job", j->spec);

	if (s->taken != s->told &&
	    json_object_set_new(p, "seen", json_integer((json_int_t)s->taken)) < 0) {
		json_decref(p);
		return -ENOMEM;
	}
	s->told = s->taken;
	j->phase = JOB_SAID;
	j->asked = true;
	return line_call(&s->calls, CONTROL_INTERFACE ".Run", p, false, j->fds, j->n_fds);
}

static json_t *known_ids(struct session *s)
{
	json_t *ids = json_array();

	for (struct list *l = s->jobs.next; l != &s->jobs; l = l->next)
		if (job_of(l)->phase == JOB_KNOWN)
			(void)json_array_append_new(ids, json_integer(job_of(l)->id));
	return ids;
}

static void order_done(struct session *s)
{
	memmove(s->orders, s->orders + 1, --s->n_orders * sizeof *s->orders);
	s->ordered = false;
}

static int say_order(struct session *s)
{
	const struct order *o = &s->orders[0];
	const char *word = signal_word(o->signal);
	json_t *ids = known_ids(s);
	char number[16];
	json_t *p;

	if (!json_array_size(ids)) {
		json_decref(ids);
		order_done(s);
		return 0;
	}
	snprintf(number, sizeof number, "%d", o->signal);
	p = json_pack("{s:o}", "ids", ids);
	if (o->what == ORDER_SIGNAL)
		(void)json_object_set_new(p, "signal", json_string(word ? word : number));
	if (o->what == ORDER_DROP)
		(void)json_object_set_new(p, "waiting", json_true());
	s->ordered = true;
	return line_call(&s->calls, CONTROL_INTERFACE ".KillJobs", p, false, NULL, 0);
}

/* What is next; false: nothing, for now. An order is about all that was asked for before it,
 * also of a manager that is no more. */
static bool say_next(struct session *s, int *ret)
{
	struct job *j = first_in(s, JOB_QUEUED);

	if (s->ordered)
		return false;
	if (s->n_orders && !(j && j->asked)) {
		if (first_in(s, JOB_SAID))
			return false;
		*ret = say_order(s);
		return true;
	}
	if (j)
		*ret = say_run(s, j);
	return j;
}

int session_say(struct session *s)
{
	int r;

	if (s->state != LIVE)
		return 0;
	r = line_send(&s->calls);
	while (r == 0 && line_idle(&s->calls) && say_next(s, &r))
		;
	return r;
}

void session_order(struct session *s, enum session_order order, int signal)
{
	if (s->n_orders < ORDERS)
		s->orders[s->n_orders++] = (struct order){ order, signal };
}

bool session_quiet(const struct session *s)
{
	return s->n_orders == 0;
}

/* --- what comes -------------------------------------------------------------------------- */

/* A session that the daemon no longer has: it waited for us, and gave us up. */
static bool is_forgotten(const struct varlink_reply *reply)
{
	return reply->error && !strcmp(reply->error, CONTROL_INTERFACE ".NoSuchSession");
}

static int hear_answer(struct session *s, struct varlink_reply *reply)
{
	struct job *j;
	uint64_t seq;

	if (is_forgotten(reply)) {
		s->refusal = TAKE(*reply, (struct varlink_reply){ 0 });
		return SESSION_REFUSED;
	}
	if (s->ordered) {
		order_done(s);
		return SESSION_OK;
	}
	j = first_in(s, JOB_SAID);
	if (!j)
		return -EBADMSG;
	seq = j->seq;
	j->phase = JOB_KNOWN;
	j->id = json_integer_value(json_object_get(reply->parameters, "id"));
	if (j->ended) {
		job_free(j);
	} else if (reply->error) {
		job_end(s, j);
		s->ops->refused(s->owner, seq, reply);
	}
	return SESSION_OK;
}

static void hear_job(struct session *s, const json_t *job)
{
	const json_int_t seq = json_integer_value(json_object_get(job, "seq"));
	struct job *j = by_seq(s, (uint64_t)seq);

	if (!j) /* it was told before the manager was replaced */
		return;
	s->taken++;
	job_end(s, j);
	s->ops->ended(s->owner, (uint64_t)seq, job);
}

static int hear_result(struct session *s, struct varlink_reply *reply)
{
	const json_t *job = json_object_get(reply->parameters, "job");

	if (reply->error) {
		s->refusal = TAKE(*reply, (struct varlink_reply){ 0 });
		return SESSION_REFUSED;
	}
	if (!reply->continues)
		return -EBADMSG;
	s->state = LIVE;
	s->gone = MONO_NEVER;
	if (json_is_object(job))
		hear_job(s, job);
	return SESSION_OK;
}

static void reply_donep(struct varlink_reply *r)
{
	varlink_reply_done(r);
}

typedef int hear_fn(struct session *s, struct varlink_reply *reply);

/* What has come on a line, if anything. */
static int hear(struct session *s, struct line *l, short ready, hear_fn *fn)
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
			r = fn(s, &reply);
		else
			return r;
		if (r != SESSION_OK)
			return r;
	}
}

/* --- turns ------------------------------------------------------------------------------- */

unsigned session_poll(const struct session *s, struct pollfd *p)
{
	if (s->state == AWAY)
		return 0;
	p[0] = (struct pollfd){ .fd = s->results.fd, .events = line_events(&s->results) };
	p[1] = (struct pollfd){ .fd = s->calls.fd, .events = line_events(&s->calls) };
	return 2;
}

int session_wait(const struct session *s)
{
	return s->state == LIVE ? -1 : clock_wait(s->due);
}

/* One that hangs up may have said something on the other line before. */
static int hear_both(struct session *s, const struct pollfd *p)
{
	const int r = hear(s, &s->results, p[0].revents, hear_result);
	const int q = r == 0 || r == -EPIPE ? hear(s, &s->calls, p[1].revents, hear_answer) : r;

	return q != 0 ? q : r;
}

static int converse(struct session *s, const struct pollfd *p)
{
	int r = line_send(&s->results);

	if (r == 0)
		r = hear_both(s, p);
	if (r == 0 && s->state == ATTACHING && !mono_before(clock_mono(), s->due))
		r = -ETIMEDOUT;
	return r;
}

int session_turn(struct session *s, unsigned n, const struct pollfd *p)
{
	int r = s->state == AWAY ? seek(s) : n ? converse(s, p) : 0;

	if (r == -EPIPE && s->state != AWAY) {
		lose(s);
		return SESSION_OK;
	}
	return r;
}

const struct varlink_reply *session_refusal(const struct session *s)
{
	return &s->refusal;
}
