#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hold the machine against its model, and explore it in a world that does what it likes.

    check_model.py --check TABLE    conformance, then exploration
    check_model.py --mutants TABLE  plant mistakes in the table: each must be found by exploration
    check_model.py --print          the model's rows, for a person

TABLE is what the machine in C says of itself (dump.h). Exploration runs on that table alone, with
a keeper whose news comes late, twice or not at all, and checks
    I1   a spawn only when nothing of the incarnation before is left
    I2   at rest nothing is alive
    I3   exactly the timed states have a deadline, exactly what runs has a runtimeout
    I4   READY only with a process
    I5   STUCK only after SIGKILL
    I6   nothing starts against the last wish or while closing; no stop and no start is lost
    I7   every pair of state and event that comes up has a row
    I8   what is seen changes in a chain, signals go only to what may be alive
    I9   no start by itself once the failure budget is spent
    I10  a oneshot is run no more often than asked for and retried, and not after its success
    I11  a oneshot is up as soon as it is the program
    L1   not wanted and left alone, it comes to rest; L1b: by timers alone, to SIGKILL and on
    L2   wanted, with attempts left, it can come to run
"""

import sys

sys.dont_write_bytecode = True

from collections import deque, namedtuple  # noqa: E402

import machine  # noqa: E402
from machine import IDLE, Config, Machine, seen, step  # noqa: E402


class Violation(Exception):
    """An invariant is broken; says which and where."""


class Table:
    """One configuration of the machine in C: (state, event) -> (state, effects)."""

    def __init__(self, config):
        self.config, self.states, self.rows = config, [], {}

    def next(self, m, event):
        return self.rows.get((m, event))


def fields(words):
    return dict(w.split("=", 1) for w in words)


def number(value):
    return int(value) if value.isdigit() else value


def read_tables(path):
    """The tables of all configurations."""
    tables, pending, names = [], [], {}

    def link():
        for frm, event, to, effects in pending:
            tables[-1].rows[names[frm], event] = (names[to], effects)
        pending.clear()
        names.clear()

    with open(path, encoding="ascii") as f:
        for line in f:
            kind, *words = line.split()
            if kind == "config":
                link()
                got = {k: number(v) for k, v in fields(words).items()}
                tables.append(Table(Config(**got)))
            elif kind == "state":
                got = {k: number(v) for k, v in fields(words[1:]).items()}
                said = got.pop("seen")
                m = Machine(**got)
                if seen(m) != said:
                    raise Violation("conformance: %s is seen as %s" % (m, said))
                names[words[0]] = m
                tables[-1].states.append(m)
            else:
                pending.append((words[0], words[1], words[2], tuple(words[3:])))
    link()
    return tables


def conform(table):
    """Each step of the machine is the model's, and it has each step that the model has."""
    count = 0
    for m in table.states:
        for event in machine.EVENTS:
            want, got = step(m, event, table.config), table.next(m, event)
            if want != got:
                raise Violation(
                    "conformance: %s in %s %s\n model   %s\n machine %s"
                    % (event, m, table.config, want, got))
            count += want is not None
    if count != len(table.rows):
        raise Violation("conformance: the machine has rows of its own in %s" % (table.config,))
    return count


# --- the world --------------------------------------------------------------------------------
#
# w: what there really is (asked for, forked, has become the program); q: news on its way, each
# with whether it is about the present incarnation; d: cannot die now; killed: SIGKILL was sent to
# this incarnation; op: the last request was start (U) or stop (D); runs: how often a oneshot was
# forked since it was last asked for.

World = namedtuple("World", "m w q d killed op runs")
NONE, ASKED, FORKED, RUNS = range(4)
ENDS = machine.ENDS
OPERATOR = ("start", "stop", "restart", "give_up", "close")


def arrivals(news):
    """The events that a piece of news can be, by the time at which it comes."""
    kind, present = news
    if not present:
        return ["stale_exit" if kind in machine.RECORDED else "stale_" + kind]
    return [kind, kind + "_late"] if kind in ENDS else [kind]


def world_moves(v):
    """What the world can do by itself: (name, world after)."""
    out = []

    def news(name, w, kind):
        out.append((name, v._replace(w=w, q=v.q + ((kind, True),))))

    if v.w == ASKED:
        news("fork", FORKED, "spawned")
        news("no_fork", NONE, "no_fork")
    if v.w == FORKED:
        news("exec", RUNS, "exec_ok")
    if v.w in (FORKED, RUNS) and not v.d:
        if v.w == FORKED:
            news("exec fails", NONE, "exec_failed")
        else:
            news("exits well", NONE, "exit_ok")
        news("dies", NONE, "exit_fail")
    if v.w in (FORKED, RUNS):
        out.append(("unkillable" if not v.d else "killable", v._replace(d=1 - v.d)))
    if v.w != NONE and not v.d:
        unknown = v.w != ASKED and not v.m.pid  # that it was forked is not known, and never will be
        out.append(("is lost", v._replace(w=NONE, q=(("lost", True),),
                                          runs=max(v.runs - unknown, 0))))
    return out


def fork(v, config):
    return v._replace(runs=v.runs + config.oneshot)


def inputs(v):
    """What can be stepped: (name, event, world before the step)."""
    out = [(e, e, v) for e in ("start", "stop", "restart")]
    out.append(("give_up", "give_up", v) if v.m.closing else ("close", "close", v))
    if v.m.dl:
        out.append(("timer", "timer", v))
    if v.m.ru:
        out.append(("timeout", "timeout", v))
    if v.q:
        for event in arrivals(v.q[0]):
            out.append((event, event, v._replace(q=v.q[1:])))
            out.append((event + " twice", event, v))
    return out


def demand(cond, name, what, v):
    if not cond:
        raise Violation("%s: %s in %s" % (name, what, v))


def may_live(v):
    """Whether the keeper may still have something that a signal could reach."""
    return v.w != NONE or any(present and kind in ENDS for kind, present in v.q)


def asked(before, event):
    """Whether a start by @event is what somebody asked for."""
    return event in ("start", "restart") or before.m.again


def check_effects(before, after_m, effects, event, config):
    """Everything that must hold for one step; @before is the world as it was for it."""
    chain = [e.split(":") for e in effects if e.startswith("STATE")]
    at = seen(before.m)
    for _, frm, to in chain:
        demand(frm == at, "I8", "%s is not seen from %s" % (to, at), before)
        at = to
    demand(at == seen(after_m), "I8", "%s is not told" % seen(after_m), before)
    demand(chain or after_m == before.m or event == "close", "I8", "a change is not told", before)
    if "SPAWN" in effects:
        demand(before.w == NONE, "I1", "a second incarnation by " + event, before)
        demand(before.op == "U" and after_m.want, "I6", "a start against the wish", before)
        demand(not before.m.closing, "I6", "a start while closing by " + event, before)
        demand(event != "timer" or before.m.f <= config.retries, "I9", "an attempt too many",
               before)
        demand(asked(before, event) or before.runs <= config.retries, "I10", "a run too many",
               before)
    if config.oneshot and before.m.st == "READY" and event in ("exit_ok", "exit_ok_late"):
        demand(after_m.st == "DOWN" and not after_m.want, "I10", "not enough of success", before)
    if any(e.startswith("SIGNAL") for e in effects):
        demand(may_live(before), "I8", "a signal to nobody by " + event, before)


def check_world(v, config):
    """Everything that must hold between steps."""
    m = v.m
    demand(m.st not in IDLE or v.w == NONE, "I2", "something lives", v)
    demand((m.st in machine.TIMED) == bool(m.dl), "I3", "the deadline is wrong", v)
    demand((m.st in ("STARTING", "READY") and bool(config.runtimeout)) == bool(m.ru), "I3",
           "runtimeout is wrong", v)
    demand(m.st != "READY" or may_live(v), "I4", "nothing runs", v)
    demand(m.st != "STUCK" or v.killed, "I5", "never killed", v)
    demand(m.st != "DOWN" or not m.want, "I6", "at rest and wanted", v)
    demand(m.st in machine.STOPPING + ("DOWN",) or m.want, "I6", "not wanted", v)
    demand(v.op == "U" or not m.want or m.st == "FAILED", "I6", "the stop is lost", v)
    lost = m.st == "DOWN" and m.cause == "STOPPED" and v.op == "U" and not m.closing
    demand(not lost, "I6", "the start is lost", v)
    demand(m.f <= config.retries + 1, "I9", "more failures than attempts", v)
    demand(m.st != "STARTING" or not config.oneshot, "I11", "not up", v)


def wish(v, event):
    if event in ("stop", "give_up"):
        return "D"
    if event in ("start", "restart") and not v.m.closing:
        return "U"
    return v.op


def take(v, event, table):
    """The world after the machine has stepped @event."""
    got = table.next(v.m, event)
    demand(got is not None, "I7", "no row for " + event, v)
    m, effects = got
    begun = asked(v, event)
    v = v._replace(op=wish(v, event))
    check_effects(v, m, effects, event, table.config)
    v = v._replace(m=m)
    if "SIGNAL:KILL" in effects:
        v = v._replace(killed=1)
    if "SPAWN" in effects:
        v = v._replace(w=ASKED, killed=0, d=0, q=tuple((kind, False) for kind, _ in v.q),
                       runs=0 if begun else v.runs)
    return v


def explore(table):
    """All worlds that can be, as a graph: world -> [(name, world)]."""
    first = World(table.states[0], NONE, (), 0, 0, "D", 0)
    graph, todo = {first: None}, deque([first])
    while todo:
        v = todo.popleft()
        edges = [(name, fork(n, table.config) if name == "fork" else n)
                 for name, n in world_moves(v)]
        edges += [(name, take(w, event, table)) for name, event, w in inputs(v)]
        graph[v] = edges
        for _, n in edges:
            if n not in graph:
                check_world(n, table.config)
                graph[n] = None
                todo.append(n)
    return graph


def left_alone(v, name, n):
    """A move without anybody asking, and towards an end."""
    return (n != v and name not in OPERATOR and not name.endswith("twice")
            and name not in ("unkillable", "is lost"))


def check_stops(graph):
    """L1: without a wish, every way ends in DOWN, and none goes in a circle."""
    colour = {}
    for root, edges in graph.items():
        if root.m.want or root.d or root in colour:
            continue
        colour[root] = 1
        stack = [(root, iter([n for name, n in edges if left_alone(root, name, n)]), bool(edges))]
        while stack:
            v, ways, _ = stack[-1]
            for n in ways:
                demand(colour.get(n) != 1, "L1", "a circle while stopping", v)
                if n not in colour:
                    colour[n] = 1
                    on = [w for name, w in graph[n] if left_alone(n, name, w)]
                    demand(on or n.m.st in ("DOWN", "STUCK"), "L1", "the stop ends", n)
                    stack.append((n, iter(on), bool(on)))
                    break
            else:
                colour[v] = 2
                stack.pop()


def check_timers(graph, table):
    """L1b: what nobody reacts to is killed, and killed again."""
    for v in graph:
        m, hops, killed = v.m, 0, v.killed
        while m.st in machine.STOPPING and m.st != "STUCK":
            m, effects = table.next(m, "timer")
            killed = killed or "SIGNAL:KILL" in effects
            hops += 1
            demand(hops < 4, "L1b", "timers alone do not end it", v)
        if v.m.st in machine.STOPPING:
            demand(m.st == "STUCK" and killed, "L1b", "it is not killed", v)
            demand("SIGNAL:KILL" in table.next(m, "timer")[1], "L1b", "not killed again", v)


def check_starts(graph, config):
    """L2: what is wanted, and has attempts left, can still come to run."""
    back, todo = {}, deque(v for v in graph if v.m.st == "READY")
    can = set(todo)
    for v, edges in graph.items():
        for name, n in edges:
            if name not in OPERATOR:
                back.setdefault(n, []).append(v)
    while todo:
        for p in back.get(todo.popleft(), ()):
            if p not in can:
                can.add(p)
                todo.append(p)
    for v in graph:
        m = v.m
        failed = (m.bad and m.st in machine.STOPPING and not m.again) or (
            m.st in machine.UP and any(present and kind in ENDS for kind, present in v.q))
        spent = failed and m.f >= config.retries
        over = m.timed_out and not m.again and (
            m.f >= config.retries if config.oneshot else config.restart == "never")
        wanted = m.want and m.st != "FAILED" and not m.closing
        demand(v in can or not wanted or spent or over, "L2", "a trap", v)


def check(table):
    """Explore one configuration whole."""
    graph = explore(table)
    check_stops(graph)
    check_timers(graph, table)
    check_starts(graph, table.config)
    return graph


# --- mistakes ---------------------------------------------------------------------------------


class Mutant:
    """A table with a mistake in it. What only the mistake leads to goes on as in the model."""

    def __init__(self, table, change):
        self.config, self.states, self.table, self.change = (
            table.config, table.states, table, change)

    def next(self, m, event):
        got = self.table.next(m, event) or step(m, event, self.config)
        return self.change(m, event, *got) if got else got


def spawned(m):
    """@m with a new incarnation, out of turn."""
    return m._replace(st="SPAWN", cause="NONE", want=1, again=0, bad=0, dl=1, ru=0)


def told(m, n, *effects):
    return n, ("STATE:%s:%s" % (seen(m), seen(n)),) + effects


def lose_deadline(state):
    return lambda m, e, n, fx: (n._replace(dl=0), fx) if n.st == state else (n, fx)


def swap(states, events, fn):
    """Another outcome for some pairs."""
    return lambda m, e, n, fx: fn(m, n, fx) if m.st in states and e in events else (n, fx)


# Name, the invariants one of which must find it, the mistake. Most are from real supervisors.
MUTANTS = [
    ("a start while stopping spawns at once", ("I1",),
     swap(machine.STOPPING, ("start",), lambda m, n, fx: told(m, spawned(m), "SPAWN"))),
    ("dead after the SIGKILL timeout", ("I2",),
     swap(("STOP_KILL",), ("timer",), lambda m, n, fx: told(
         m, m._replace(st="DOWN", cause="STOPPED", want=0, again=0, dl=0)))),
    ("the timer of BACKOFF is lost", ("I3",), lose_deadline("BACKOFF")),
    ("STUCK is not looked at again", ("I3",), lose_deadline("STUCK")),
    ("nobody waits for startsecs", ("I3",), lose_deadline("STARTING")),
    ("a timer stays armed in READY", ("I3",),
     lambda m, e, n, fx: (n._replace(dl=1), fx) if n.st == "READY" else (n, fx)),
    ("runtimeout stays armed while stopping", ("I3",),
     lambda m, e, n, fx: (n._replace(ru=m.ru), fx) if n.st == "STOP_TERM" else (n, fx)),
    ("no SIGKILL", ("I5",),
     swap(("STOP_TERM",), ("timer",), lambda m, n, fx: told(m, m._replace(st="STUCK")))),
    ("SIGKILL once and never again", ("L1b",),
     swap(("STUCK",), ("timer",), lambda m, n, fx: (n, fx[:1]))),
    ("no limit of attempts", ("I9",),
     lambda m, e, n, fx: told(m, m._replace(st="BACKOFF", cause="EXEC", f=m.f + 1, bad=1, dl=1))
     if m.st == "SPAWN" and e == "exec_failed" else (n, fx)),
    ("a stop is only noted while starting", ("I6",),
     swap(("STARTING",), ("stop",), lambda m, n, fx: told(m, m._replace(want=0)))),
    ("a stop waits for the exec", ("I6",),
     swap(("SPAWN",), ("stop",), lambda m, n, fx: told(m, m._replace(want=0)))),
    ("a stop is only noted in BACKOFF", ("I6",),
     swap(("BACKOFF",), ("stop",), lambda m, n, fx: told(m, m._replace(want=0)))),
    ("a stop does not cancel the queued start", ("I6",),
     swap(machine.STOPPING, ("stop",), lambda m, n, fx: (m, ()))),
    ("a start while stopping is forgotten", ("I6",),
     swap(machine.STOPPING, ("start",), lambda m, n, fx: (m, ()))),
    ("what ran out of time is replaced before it is gone", ("I1",),
     swap(("READY",), ("timeout",), lambda m, n, fx: told(m, spawned(m), "SPAWN"))),
    ("autorestart while the daemon ends", ("I6",),
     lambda m, e, n, fx: told(m, spawned(m), "SPAWN")
     if m.st == "READY" and m.closing and e == "exit_fail" else (n, fx)),
    ("an exit told twice is an exit twice", ("I6",),
     swap(("DOWN",), ("exit_fail",), lambda m, n, fx: told(m, spawned(m), "SPAWN"))),
    ("an exit of an earlier incarnation counts", ("I2",),
     swap(("SPAWN",), ("stale_exit",), lambda m, n, fx: told(
         m, m._replace(st="BACKOFF", cause="TOO_QUICK", f=m.f + 1, bad=1)))),
    ("held for ever", ("L2",),
     lambda m, e, n, fx: (m, ()) if m.held and e == "timer" else (n, fx)),
    ("a lost process is waited for", ("I4", "L2"),
     swap(("READY",), ("lost", "lost_late"), lambda m, n, fx: (m, ()))),
    ("a change that nobody is told", ("I8",),
     swap(("SPAWN",), ("spawned",), lambda m, n, fx: (n, ()))),
    ("the signal goes out after the end", ("I8",),
     swap(("READY",), ("exit_ok",), lambda m, n, fx: (n, fx + ("SIGNAL:KILL",)))),
    ("a row is missing", ("I7",),
     lambda m, e, n, fx: None if (m.st, e) == ("STOP_KILL", "lost") else (n, fx)),
]


def uncounted(m, e, n, fx):
    """What was forked and is lost is taken for never started."""
    if m.st != "SPAWN" or not e.startswith("lost") or m.closing:
        return n, fx
    return told(m, m._replace(st="BACKOFF", cause="LOST", nf=1, dl=1))


# The same of a oneshot that is retried once.
ONESHOT_MUTANTS = [
    ("what has succeeded is done again", ("I10",),
     lambda m, e, n, fx: told(m, spawned(m), "SPAWN")
     if m.st == "READY" and e == "exit_ok" and not m.closing else (n, fx)),
    ("to be up forgets the failed attempts", ("I10",),
     lambda m, e, n, fx: (n._replace(f=0), fx) if n.st == "READY" else (n, fx)),
    ("no limit of retries", ("I9", "I10"),
     lambda m, e, n, fx: told(m, m._replace(st="BACKOFF", cause="EXITED", f=m.f + 1, bad=1, dl=1,
                                            ru=0))
     if m.st == "READY" and e == "exit_fail" else (n, fx)),
    ("what may have run is run as if it had not", ("I10",), uncounted),
    ("a oneshot waits for startsecs", ("I11",),
     swap(("SPAWN",), ("exec_ok",), lambda m, n, fx: told(
         m, n._replace(st="STARTING", dl=1)))),
    ("autorestart in place of retries", ("I10",),
     lambda m, e, n, fx: told(m, spawned(m)._replace(f=0), "SPAWN")
     if m.st == "READY" and e == "exit_fail" and not m.closing else (n, fx)),
    ("running out of time is no failed attempt", ("I10",),
     lambda m, e, n, fx: told(m, spawned(m)._replace(timed_out=0), "SPAWN")
     if m.st == "STOP_TERM" and m.timed_out and m.want and not m.again and not m.closing
     and e == "exit_fail" else (n, fx)),
]


def check_mutants(tables):
    by_config = {t.config: t for t in tables}
    simple = by_config[Config("unexpected", 1, 1, 1, 1, 0)]
    oneshot = by_config[Config("always", 1, 1, 1, 1, 1)]
    return plant(simple, MUTANTS) + plant(oneshot, ONESHOT_MUTANTS)


def plant(table, mutants):
    """Each mistake must be found by exploration, and by the comparison with the model too."""
    missed = 0
    for name, where, change in mutants:
        mutant = Mutant(table, change)
        found = "nothing"
        try:
            check(mutant)
        except Violation as e:
            found = str(e).split(":", 1)[0]
        differs = any(mutant.next(m, e) != step(m, e, table.config)
                      for m in table.states for e in machine.EVENTS)
        ok = found in where and differs
        missed += not ok
        print("%-6s %-52s %s" % ("found" if ok else "MISSED", name, found))
    print("%d mistakes planted, %d missed" % (len(mutants), missed))
    return missed


def check_rows(tables):
    """The machine comes through every row of the model."""
    pairs = {(m.st, event[:-5] if event.endswith("_late") else event)
             for t in tables for m, event in t.rows}
    for pair in machine.TABLE:
        if pair not in pairs:
            raise Violation("conformance: %s in %s never comes up" % pair[::-1])


def check_tables(tables):
    rows = sum(conform(t) for t in tables)
    check_rows(tables)
    print("conformance: %d configurations, %d steps as in the model" % (len(tables), rows))
    worlds = edges = 0
    used = set()
    for t in tables:
        graph = check(t)
        worlds += len(graph)
        edges += sum(map(len, graph.values()))
        used |= {(v.m.st, name.split()[0]) for v, ways in graph.items() for name, _ in ways
                 if name.split()[0] in machine.EVENTS}
    print("exploration: %d worlds, %d moves, %d pairs of state and event; all invariants hold"
          % (worlds, edges, len(used)))
    return 0


def print_model():
    for s in machine.STATES:
        rows = {}
        for (state, event), (_, doc) in machine.TABLE.items():
            if state == s:
                rows.setdefault(doc, []).append(event)
        for doc, events in rows.items():
            print("%-10s %-60s %s" % (s, " ".join(events), doc))
    return 0


def main(args):
    if args == ["--print"]:
        return print_model()
    run = check_mutants if args[:1] == ["--mutants"] else check_tables
    try:
        return 1 if run(read_tables(args[-1])) else 0
    except Violation as e:
        print("VIOLATION", e)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
