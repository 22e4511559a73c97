# SPDX-License-Identifier: MIT
"""The model: what the machine must do, said a second time and in another way than in C.

One row for each pair of state and event, as in the general model of a supervised service, cut down
to what is served here, with supervisord's rules: failures wait in BACKOFF and end in FATAL, an exit
from RUNNING goes by autorestart, a start keeps the failure counter. Of a oneshot whatever is not
an expected exit is a failure, and no failure but that counts.
"""

from collections import namedtuple

# What the machine decides by. f: failed starts, or attempts of a oneshot, in a row; nf: some start in a row found no room;
# tok: the restart guard has a token; dl, ru: deadline and runtimeout are armed.
Machine = namedtuple(
    "Machine",
    "st cause want again bad timed_out held closing f nf tok dl ru kills pid ran",
)
Config = namedtuple("Config", "restart startsecs runtimeout rate retries oneshot")

REST = ("DOWN", "FAILED")
IDLE = REST + ("BACKOFF",)
UP = ("SPAWN", "STARTING", "READY")
STOPPING = ("STOP_TERM", "STOP_KILL", "STUCK")
STATES = IDLE + UP + STOPPING
TIMED = ("BACKOFF", "SPAWN", "STARTING") + STOPPING

ENDS = ("exec_failed", "no_fork", "exit_ok", "exit_fail", "lost")
RECORDED = ("exec_failed", "no_fork", "exit_ok", "exit_fail")
CAUSE = {"exec_failed": "EXEC", "no_fork": "LOST", "exit_ok": "EXITED",
         "exit_fail": "EXITED", "lost": "LOST"}
REQUESTS = ("start", "stop", "restart", "give_up")
STALE = ("stale_spawned", "stale_exec_ok", "stale_exit", "stale_lost")
EVENTS = (
    REQUESTS + ("spawned", "exec_ok") + ENDS + tuple(e + "_late" for e in ENDS)
    + ("timer", "timeout", "not_due", "close") + STALE
)


def seen(m):
    """What people see of it."""
    if m.st == "DOWN":
        return "STOPPED" if m.cause in ("NONE", "STOPPED") else "EXITED"
    return {"FAILED": "FATAL", "BACKOFF": "BACKOFF", "SPAWN": "STARTING", "STARTING": "STARTING",
            "READY": "RUNNING"}.get(m.st, "STOPPING")


class Step:
    """One event being stepped: the machine as it becomes, and what comes out."""

    def __init__(self, m, config, late):
        self.m, self.c, self.late = m, config, late
        self.out, self.spawns = [], False

    def set(self, **change):
        self.m = self.m._replace(**change)

    def say(self):
        self.out.append("STATE:%s:%s" % (seen(self.m), seen(self.m)))

    def to(self, state, cause="NONE"):
        before = seen(self.m)
        self.set(st=state, cause=cause, dl=int(state in TIMED),
                 ru=int(state in ("STARTING", "READY") and self.c.runtimeout))
        self.out.append("STATE:%s:%s" % (before, seen(self.m)))

    def rest(self, cause):
        self.set(want=0, again=0, bad=0, timed_out=0, held=0)
        self.to("DOWN", cause)

    def begin(self):
        self.spawns = True
        self.set(again=0, bad=0, timed_out=0, held=0, pid=0, kills=0, ran=1)
        self.to("SPAWN")

    def begin_asked(self):
        self.set(want=1, nf=0, tok=1, f=0 if self.c.oneshot else self.m.f)
        self.begin()

    def give_up(self):
        self.set(f=0, bad=0, held=0)
        self.to("FAILED", self.m.cause)

    def fail(self, cause):
        self.set(f=self.m.f + 1, bad=1)
        self.to("BACKOFF", cause)
        if self.m.closing or self.m.f > self.c.retries:
            self.give_up()

    def no_room(self, cause):
        self.set(nf=1)
        self.to("BACKOFF", cause)
        if self.m.closing:
            self.give_up()

    def up(self):
        if not self.c.oneshot:
            self.set(f=0)
        self.to("READY")

    def token(self):
        """Time that has passed has brought one."""
        if not self.c.rate:
            return True
        had = self.m.tok or self.late
        self.set(tok=0)
        return had

    def over(self, cause, expected):
        """It was up, and nobody asked for its end."""
        if self.c.oneshot:
            return self.attempted(cause, expected)
        self.set(f=0)
        again = {"never": False, "always": True, "unexpected": not expected}[self.c.restart]
        if self.m.closing or not again:
            return self.rest(cause)
        self.to("DOWN", cause)
        if self.token():
            return self.begin()
        self.set(held=1)
        return self.to("BACKOFF", cause)

    def attempted(self, cause, success):
        """An attempt of a oneshot is over, for better or worse."""
        if success or self.m.closing or not self.c.retries:
            self.set(f=0)
            return self.rest(cause)
        self.to("DOWN", cause)
        return self.fail(cause)

    def settle(self):
        """What was to be stopped is gone."""
        if not self.m.want or (self.m.again and self.m.closing):
            self.rest("STOPPED")
        elif self.m.again:
            self.to("DOWN", "TIMEOUT" if self.m.timed_out else "STOPPED")
            self.begin_asked()
        elif self.m.timed_out:
            self.over("TIMEOUT", False)
        else:
            self.fail("EXEC")

    def term(self):
        self.to("STOP_TERM")
        self.out.append("SIGNAL:TERM")

    def kill(self, state):
        self.set(kills=1)
        self.to(state)
        self.out.append("SIGNAL:KILL")


TABLE = {}


def row(states, events, doc):
    """Say what happens to each of @events in each of @states; each pair once."""

    def take(fn):
        for s in states:
            for e in events:
                assert (s, e) not in TABLE, (s, e)
                TABLE[s, e] = (fn, doc)
        return fn

    return take


def quiet(states, events, doc):
    row(states, events, doc)(lambda x, e: None)


@row(IDLE, ["start"], "asked for: also out of BACKOFF at once")
@row(REST, ["restart"], "as start")
def _(x, _e):
    x.begin_asked()


@row(["BACKOFF"], ["restart"], "a stop and a start, and seen as both")
def _(x, _e):
    x.to("DOWN", "STOPPED")
    x.begin_asked()


@row(UP, ["restart"], "queue the start; stop")
def _(x, _e):
    x.set(again=1)
    x.term()


@row(UP, ["stop", "give_up"], "stop")
def _(x, _e):
    x.set(want=0)
    x.term()


@row(STOPPING, ["start", "restart"], "queue the start")
def _(x, _e):
    if not x.m.again:
        x.set(want=1, again=1)
        x.say()


@row(STOPPING, ["stop", "give_up"], "cancel the queued start, or what would follow")
def _(x, _e):
    if x.m.want:
        x.set(want=0, again=0)
        x.say()


@row(["FAILED"], ["stop", "give_up"], "STOPPED")
@row(["BACKOFF"], ["stop"], "STOPPED without a signal; the counter stays")
def _(x, _e):
    x.rest("STOPPED")


@row(["BACKOFF"], ["give_up"], "the daemon ends: FATAL")
def _(x, _e):
    x.give_up()


@row(UP + STOPPING, ["spawned"], "now there is a pid; more only the first time")
def _(x, _e):
    if not x.m.pid:
        x.set(pid=1, nf=0)
        x.say()


@row(["SPAWN"], ["exec_ok"], "STARTING, or READY: a oneshot, or without startsecs")
def _(x, _e):
    if x.c.startsecs and not x.c.oneshot:
        x.to("STARTING")
    else:
        x.up()


@row(["SPAWN"], ["exec_failed"], "a failed start")
def _(x, _e):
    x.fail("EXEC")


@row(["SPAWN"], ["exit_ok", "exit_fail"], "a failed start; never too quick for a oneshot")
def _(x, e):
    if x.c.oneshot:
        return x.attempted("EXITED", e == "exit_ok")
    return x.fail("TOO_QUICK")


@row(["SPAWN"], ["no_fork", "lost"], "no fault of its own: again; a oneshot may have run if forked")
def _(x, e):
    if x.c.oneshot and x.m.pid:
        return x.attempted("LOST", False)
    return x.no_room("NO_FORK" if e == "no_fork" else "LOST")


@row(["STARTING"], ENDS, "before startsecs a failure; else it was up")
def _(x, e):
    if not x.late:
        return x.fail("TOO_QUICK" if CAUSE[e] == "EXITED" else CAUSE[e])
    x.up()
    return x.over(CAUSE[e], e == "exit_ok")


@row(["READY"], ENDS, "autorestart decides, or of a oneshot whether it is a success")
def _(x, e):
    x.over(CAUSE[e], e == "exit_ok")


@row(STOPPING, ENDS, "what was to be stopped is gone")
def _(x, _e):
    x.settle()


@row(["BACKOFF"], ["timer"], "the next attempt")
def _(x, _e):
    if x.m.closing:
        return x.give_up()
    if x.m.held:
        assert x.token()
    return x.begin()


@row(["SPAWN"], ["timer"], "hangs before exec: kill; a failure when it is gone")
def _(x, _e):
    x.set(bad=1)
    x.kill("STOP_KILL")


@row(["STARTING"], ["timer"], "up longer than startsecs")
def _(x, _e):
    x.up()


@row(["STOP_TERM"], ["timer"], "SIGKILL")
def _(x, _e):
    x.kill("STOP_KILL")


@row(["STOP_KILL"], ["timer"], "still there: STUCK")
def _(x, _e):
    x.to("STUCK")


@row(["STUCK"], ["timer"], "SIGKILL again")
def _(x, _e):
    x.kill("STUCK")


@row(["STARTING", "READY"], ["timeout"], "ran out of its time: as a stop, but it is wanted")
def _(x, _e):
    x.set(timed_out=1)
    x.term()


quiet(UP, ["start"], "wanted already")
quiet(["DOWN"], ["stop", "give_up"], "at rest already")
quiet(IDLE, ["spawned", "exec_ok"] + list(ENDS), "told again")
quiet(["STARTING", "READY"] + list(STOPPING), ["exec_ok"], "told again, or too late")
quiet(STATES, STALE, "of another incarnation")
quiet(STATES, ["not_due"], "too early")


@row(STATES, ["close"], "nothing starts any more")
def _(x, _e):
    x.set(closing=1)


def step(m, event, config):
    """The machine after @event, and its effects; None if that event cannot be."""
    base = event[:-5] if event.endswith("_late") else event
    if (event == "timer" and not m.dl) or (event == "timeout" and not m.ru):
        return None
    # A timer that holds a process back has let a token in meanwhile.
    x = Step(m, config, event.endswith("_late") or event == "timer")
    if not (m.closing and event in ("start", "restart")):
        TABLE[m.st, base][0](x, base)
    if base in RECORDED or base == "stale_exit":
        x.out.append("SETTLED")
    if x.spawns:
        x.out.append("SPAWN")
    return x.m, tuple(x.out)
