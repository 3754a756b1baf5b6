"""Which calls are kept: a sample of each kind of call, and how the times between those that are looked at are chosen."""

import heapq
import itertools
import random
import time


class Reservoir:
    """Keeps of each stratum the calls with the lowest keys, which are exponentially distributed with the rate of their weight.

    That is a sample by weight (Efraimidis and Spirakis, 2006), and the samples of several processes are one when put together: the
    lowest keys of all. Only the keys are held; calls are on the disk by then.
    """

    # Strata beyond these share one for each outcome.
    MOST = 64

    def __init__(self, keep):
        self.keep, self.strata, self.chance = keep, {}, random.Random()

    def stratum(self, kinds, size, outcome):
        """The stratum of a call, by the types of its arguments, their size, and how it ended."""
        stratum = f"{kinds} {size.bit_length() // 2} {outcome}"
        if stratum in self.strata or len(self.strata) < self.MOST:
            return stratum
        return f"other {outcome.partition(' ')[0]}"

    def offer(self, stratum, weight):
        """The key of a call, and whether it's among the lowest of its stratum."""
        key = self.chance.expovariate(1.0) / weight
        heap = self.strata.setdefault(stratum, [])
        if len(heap) < self.keep:
            heapq.heappush(heap, -key)
            return key, True
        return key, -heapq.heappushpop(heap, -key) > key


class Pace:
    """How many calls go by between two that are looked at, so that looking takes no more than a share of the processor's time.

    The gaps are exponentially distributed, and what is left of such a gap is distributed alike. So a long one is chosen anew now and
    then, by what is known by then.
    """

    SHARE = 0.015
    # Time for the first calls, which may be all there are.
    AHEAD = 0.02
    # Share of the program's time so far that looking at a single call may take.
    ONE = 0.01
    # Counters are to be no older than this.
    LONGEST = 0.25

    def __init__(self, chance):
        self.chance = chance
        self.begin()

    def begin(self):
        """Begins anew, in a process that was forked."""
        self.spent, self.drawn, self.looked, self.passed, self.mean = 0.0, 0.0, 0, 0, 0.0
        self.start = time.process_time()
        self.gate, self.goes_on = itertools.repeat(False, 0), False

    @property
    def calls(self):
        """Calls so far, those that went by included."""
        return self.looked + self.passed - self.left()

    def left(self):
        return self.gate.__length_hint__()

    def patience(self):
        """Time that looking at a call may take."""
        return self.AHEAD + self.ONE * time.process_time()

    def has_time(self):
        """Whether there is time for looking at a call that wasn't drawn."""
        cost = self.drawn / max(self.looked, 1)
        return self.spent + cost <= self.AHEAD + 2 * self.SHARE * time.process_time()

    def is_due(self):
        """Whether the call at the end of a gap is looked at. One at which only a part of the gap has ended is where the rest of it is
        nothing."""
        if not self.goes_on:
            return True
        gap = self.gap()
        if gap == 0:
            self.goes_on = False
            return True
        self.passed += 1
        self.let_pass(gap - 1)
        return False

    def next(self):
        """Chooses when the call after the present one is looked at; returns how many calls the present one stands for."""
        weight = self.mean + 1.0
        self.looked += 1
        self.let_pass(self.gap())
        return weight

    def gap(self):
        """Calls that are to go by, drawn by what is known by now."""
        now = time.process_time()
        cost = self.drawn / self.looked
        if self.spent + cost < self.AHEAD:
            self.mean = 0.0
        else:
            # What was taken too early is made up for.
            late = self.spent / (self.AHEAD + self.SHARE * now)
            self.mean = max(cost * self.rate(now) / self.SHARE * late * late - 1.0, 0.0)
        return int(self.chance.expovariate(1.0 / self.mean)) if self.mean > 0.05 else 0

    def rate(self, now):
        """Calls in a second of processor time."""
        return self.calls / max(now - self.start, 1e-6)

    def let_pass(self, gap):
        part = min(gap, int(self.LONGEST * self.rate(time.process_time())) + 1)
        self.goes_on = part < gap
        self.passed += part - self.left()
        self.gate = itertools.repeat(False, part)
