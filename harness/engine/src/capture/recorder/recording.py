"""Recording the calls of one function."""

import json
import os
import statistics
import sys
import threading
import time

from .encoding import Encoder, Unrecordable, named
from .reservoir import Pace, Reservoir

clock = time.perf_counter
# For what recording costs: others may have the processor meanwhile.
own_clock = time.thread_time


class Patience:
    """How much time looking at one call may take. Only where the clock has gone on by that is the processor's asked, which takes longer."""

    def __init__(self, seconds):
        self.left = seconds
        self.go_on(0.0)

    def go_on(self, spent):
        """Goes on with what is left of the time."""
        self.left -= spent
        self.end, self.own_end = clock() + self.left, own_clock() + self.left

    def is_over(self):
        return clock() > self.end and own_clock() > self.own_end


class Recording:
    """The calls of one target in this process."""

    def __init__(self, number, target, options, journal):
        self.number, self.target, self.options, self.journal = number, target, options, journal
        self.redact, self.keep = options.redactor(), options.keep
        # What a call may take of the room for all.
        self.most = max(options.most_bytes // 4, 1 << 16)
        self.names, self.status, self.left, self.recursive = (), "waiting", [], False
        # Time that a call which isn't looked at takes longer by, without reading the clock and with it.
        self.light, self.timed = 0.0, 0.0
        self.retrampoline = None
        # The class that a class method is called on, which isn't an argument to those who call it.
        self.owner = None
        self.is_async = False
        self.lock = threading.Lock()
        self.begin()

    def begin(self):
        """Begins anew, in a process that was forked."""
        self.generation = os.getpid()
        self.reservoir = Reservoir(self.keep)
        self.pace = Pace(self.reservoir.chance)
        self.gate, self.slowest = self.pace.gate, 0.0
        self.kinds, self.tries, self.unrecordable = set(), {}, {}
        self.longest, self.largest, self.costs, self.seconds, self.written = 0.0, 0, [], [0.0, 0], 0.0
        self.is_timing, self.sampled, self.strata = True, 0.0, {}
        # Whether a call that took longer than all before it went by because there was no time to look at it.
        self.has_missed = False
        self.lock = threading.Lock()

    def looks(self):
        """Whether the call to which no other was left to pass before is looked at."""
        with self.lock:
            is_due = self.pace.is_due()
            self.gate = self.pace.gate
        if not is_due:
            self.tell()
        return is_due

    def take(self):
        """Chooses the call to look at after this one; returns how many calls this one stands for."""
        with self.lock:
            weight = self.pace.next()
            self.gate = self.pace.gate
        return weight

    def looked(self, cost, elapsed):
        """Takes down what looking at a call has cost, and how long it took."""
        if len(self.costs) < 1000:
            self.costs.append(cost)
        with self.lock:
            self.pace.spent += cost
            self.pace.drawn += cost
            self.seconds[0] += elapsed
            self.seconds[1] += 1
        if self.seconds[1] in (20, 200) and self.retrampoline is not None:
            is_timing = self.timed <= 0.02 * self.seconds[0] / self.seconds[1]
            if is_timing != self.is_timing:
                self.is_timing = is_timing
                self.retrampoline()
        self.tell()

    def tell(self):
        """Writes the counters where those that were written are old."""
        now = time.monotonic()
        if now - self.written > 0.5:
            self.written = now
            self.journal.write(self.counters())

    def counters(self):
        """The counters of this process, for the journal."""
        with self.lock:
            calls = self.pace.calls
        return {
            "counters": self.number,
            "status": self.status,
            "calls": calls,
            "sampled": self.sampled,
            "strata": dict(self.strata),
            "unrecordable": [[why, count] for why, count in self.unrecordable.items()],
            "spent": self.pace.spent + calls * (self.timed if self.is_timing else self.light),
            "median": statistics.median(self.costs) if self.costs else 0.0,
            "cpu": time.process_time(),
            "is_timing": self.is_timing and not self.has_missed,
            "recursive": self.recursive,
            "held_by": self.left,
            "path": [part for part in sys.path if isinstance(part, str)],
            "is_async": self.is_async,
            "full": not self.journal.has_room(),
        }

    def flush(self):
        if self.pace.looked or self.status != "waiting":
            self.journal.write(self.counters())

    # Calls

    def record(self, args, kwargs, original):
        """Makes a call that is looked at."""
        look = Look(self, args, kwargs)
        start = clock()
        try:
            result = original(*args, **kwargs)
        except BaseException as error:
            look.raised(error, clock() - start)
            raise
        look.returned(result, clock() - start)
        return result

    async def record_async(self, args, kwargs, original):
        """The same of a coroutine: its call is over when that has completed."""
        look = Look(self, args, kwargs)
        start = clock()
        try:
            result = await original(*args, **kwargs)
        except BaseException as error:
            look.raised(error, clock() - start)
            raise
        look.returned(result, clock() - start)
        return result

    def slow(self, args, kwargs, result, elapsed):
        """Takes a call down afterwards that took longer than all before it."""
        if elapsed <= self.slowest or not self.journal.has_room():
            return
        self.slowest = elapsed
        if not self.pace.has_time():
            self.has_missed = True
            return
        Look(self, args, kwargs, late=True).returned(result, elapsed)

    def late(self, args, kwargs, error):
        """Takes a call down afterwards that has raised what none has before it."""
        kind = type(error)
        if kind in self.kinds or not isinstance(error, Exception) or not self.journal.has_room():
            return
        # One that can't be written down is tried a few times.
        self.tries[kind] = self.tries.get(kind, 0) + 1
        if self.tries[kind] > 5:
            return
        Look(self, args, kwargs, late=True).raised(error, 0.0)


class Look:
    """One call that is looked at: its arguments before, and what came of it."""

    def __init__(self, recording, args, kwargs, late=False):
        begin = own_clock()
        self.recording, self.args, self.kwargs, self.late = recording, args, kwargs, late
        self.generation, self.started = recording.generation, time.time()
        self.weight = 0.0 if late else recording.take()
        self.redact = recording.redact.of_call()
        self.pickles, self.problem, self.before = {} if recording.options.pickles else None, None, None
        self.patience, self.is_plain = Patience(recording.pace.patience()), False
        # Whether what it gave was more than what is kept of it.
        self.more = False
        self.names = recording.names
        if recording.owner is not None:
            if args[0] is not recording.owner:
                self.problem = f"it was called on {named(args[0])}, which is derived from the class"
            self.args, self.names = args[1:], self.names[1:]
        try:
            encoder = self.encoder()
            self.before = self.arguments(encoder)
            if self.redact.seen:
                # What was found to be secret further on may have been met before.
                self.redact.found = 0
                encoder = self.encoder()
                self.before = self.arguments(encoder)
            self.size = encoder.size
            # What holds nothing can't be changed, nor be a part of anything else.
            self.is_plain = not encoder.met
        except Unrecordable as problem:
            self.problem = f"{problem.path}: {problem.what}"
        except Exception as error:
            self.problem = f"reading its arguments raised {named(type(error))}"
        self.redacted = self.redact.found
        self.cost = own_clock() - begin

    def encoder(self):
        recording = self.recording
        options = recording.options
        return Encoder(self.redact, self.pickles, recording.most, options.main, options.recipes, self.patience.is_over)

    def arguments(self, encoder):
        names = self.names
        args = [
            encoder.encode(value, f"args[{place}]", names[place] if place < len(names) else None)
            for place, value in enumerate(self.args)
        ]
        return [args, {name: encoder.encode(value, f"kwargs.{name}", name) for name, value in self.kwargs.items()}]

    def returned(self, result, elapsed):
        self.over(f"returned {type(result).__qualname__}", elapsed, lambda encoder: ("result", encoder.encode(result, "result")))

    def raised(self, error, elapsed):
        kind = type(error)
        if not isinstance(error, Exception):
            self.problem = self.problem or f"it was ended by {named(kind)}"
        self.over(f"raised {named(kind)}", elapsed, lambda encoder: ("raised", exception(encoder, error)), kind)

    def over(self, outcome, elapsed, ending, kind=None):
        """Takes down how a call has ended, unless it's of the process that this one was forked off meanwhile."""
        recording = self.recording
        if self.generation != recording.generation:
            return
        begin = own_clock()
        line = None
        if self.problem is None:
            self.patience.go_on(self.cost)
            try:
                line = self.line(outcome, elapsed, ending, kind)
            except Unrecordable as problem:
                self.problem = f"{problem.path}: {problem.what}"
            except Exception as error:
                self.problem = f"reading what it returned raised {named(type(error))}"
        if not self.late:
            recording.sampled += self.weight
            if self.problem is not None:
                # Paths of the same thing in different places are one reason.
                why = self.problem if len(recording.unrecordable) < 100 else "for other reasons"
                recording.unrecordable[why] = recording.unrecordable.get(why, 0.0) + self.weight
        if kind is not None and self.problem is None:
            recording.kinds.add(kind)
        if line is not None:
            for digest, data in (self.pickles or {}).items():
                recording.options.keep_object(digest, data)
            recording.journal.write(line)
        cost = self.cost + own_clock() - begin
        if self.late:
            with recording.lock:
                recording.pace.spent += cost
        else:
            recording.looked(cost, elapsed)

    def line(self, outcome, elapsed, ending, kind):
        """The line of a call, if it is kept."""
        recording = self.recording
        encoder = self.encoder()
        after = self.before if self.is_plain else self.arguments(encoder)
        found, size = self.redact.found, encoder.size
        name, value = ending(encoder)
        redacted = self.redacted + self.redact.found - found
        size = max(self.size, size) + encoder.size - size
        because = []
        if elapsed > recording.longest:
            recording.longest = elapsed
            recording.slowest = max(recording.slowest, elapsed)
            because.append("slowest")
        if size > recording.largest:
            recording.largest = size
            because.append("largest")
        if kind is not None and kind not in recording.kinds:
            because.append("exception")
        stratum, key, admitted = None, None, False
        if not self.late:
            kinds = ",".join([type(value).__qualname__ for value in self.args])
            kinds += "".join(f",{name}:{type(value).__qualname__}" for name, value in self.kwargs.items())
            stratum = recording.reservoir.stratum(kinds, self.size, outcome)
            key, admitted = recording.reservoir.offer(stratum, self.weight)
            recording.strata[stratum] = recording.strata.get(stratum, 0.0) + self.weight
        if not admitted and not because or not recording.journal.has_room():
            return None
        args, kwargs = self.before
        public = {"args": args, "kwargs": kwargs, "after": None if after == self.before else after, name: value}
        return {
            "call": recording.number,
            "text": json.dumps(public, allow_nan=False, ensure_ascii=False, separators=(",", ":")),
            "seconds": elapsed,
            "started": self.started,
            "thread": threading.current_thread().name,
            "task": task(),
            "stratum": stratum,
            "key": key if admitted else None,
            "weight": self.weight,
            "because": because,
            "size": size,
            "raised": None if kind is None else value["class"],
            "pickles": list(self.pickles or ()),
            "changes": after != self.before,
            "redacted": redacted,
            "late": self.late,
            "more": self.more,
        }


def exception(encoder, error):
    """An exception without running its code: class, message and attributes."""
    args = []
    for place, value in enumerate(error.args):
        try:
            args.append(encoder.encode(value, f"raised.args[{place}]"))
        except Unrecordable as problem:
            args.append({"$": "unrecordable", "class": problem.what})
    state = {}
    for name, value in vars(error).items():
        if name not in ("__notes__",):
            try:
                state[name] = encoder.encode(value, f"raised.{name}", name)
            except Unrecordable as problem:
                state[name] = {"$": "unrecordable", "class": problem.what}
    try:
        message = str(error)
    except Exception:
        message = ""
    kind = type(error)
    module = encoder.main if kind.__module__ == "__main__" and encoder.main else kind.__module__
    return {
        "class": f"{module}:{kind.__qualname__}",
        "message": encoder.encode(message, "raised"),
        "args": args,
        "state": state,
    }


def task():
    """The name of the running task, without loading asyncio for it."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None
    try:
        return asyncio.current_task().get_name()
    except (AttributeError, RuntimeError):
        return None
