"""Generators: what they give, up to a bound, as whoever reads them takes it."""

import time

from .encoding import Unrecordable, named
from .recording import Look

clock = time.perf_counter
own_clock = time.thread_time


class Items:
    """What one stream has given."""

    def __init__(self, recording, args, kwargs):
        self.look, self.most = Look(recording, args, kwargs), recording.options.streams
        self.encoder = self.look.encoder()
        self.kept, self.given, self.seconds, self.is_over = [], 0, 0.0, False

    def take(self, item):
        """Takes an item down as it is now: whoever reads it may change it."""
        if self.given < self.most and self.look.problem is None:
            begin = own_clock()
            try:
                self.kept.append(self.encoder.encode(item, f"result[{self.given}]"))
            except Unrecordable as problem:
                self.look.problem = f"{problem.path}: {problem.what}"
            except Exception as error:
                self.look.problem = f"reading what it gave raised {named(type(error))}"
            self.look.cost += own_clock() - begin
        self.given += 1

    def end(self, is_whole):
        """Takes the call down: the stream has come to its end, or whoever read it wants no more."""
        if not self.is_over:
            self.is_over = True
            self.look.more = not is_whole or self.given > self.most
            result = {"$": "stream", "items": self.kept, "more": self.look.more}
            self.look.over("returned a stream", self.seconds, lambda _: ("result", result))

    def raised(self, error):
        if not self.is_over:
            self.is_over = True
            self.look.raised(error, self.seconds)


class Stream:
    """A generator in whose place this stands. `here` knows whether the present thread is within one."""

    def __init__(self, recording, args, kwargs, original, here, looks):
        self.here, self.items = here, Items(recording, args, kwargs) if looks else None
        self.generator = original(*args, **kwargs)

    def __iter__(self):
        return self

    def __next__(self):
        return self.step(self.generator.__next__)

    def send(self, value):
        return self.step(self.generator.send, value)

    def throw(self, *error):
        return self.step(self.generator.throw, *error)

    def close(self):
        self.generator.close()
        if self.items is not None:
            self.items.end(is_whole=False)

    def step(self, go_on, *given):
        self.here.inside = True
        start = clock()
        try:
            item = go_on(*given)
        except BaseException as error:
            self.here.inside = False
            if self.items is not None:
                self.items.seconds += clock() - start
                if isinstance(error, StopIteration):
                    self.items.end(is_whole=True)
                else:
                    self.items.raised(error)
            raise
        self.here.inside = False
        if self.items is not None:
            self.items.seconds += clock() - start
            self.items.take(item)
        return item


class AsyncStream:
    """The same of an asynchronous generator. `task` knows whether the present task is within one."""

    def __init__(self, recording, args, kwargs, original, task, looks):
        self.task, self.items = task, Items(recording, args, kwargs) if looks else None
        self.generator = original(*args, **kwargs)

    async def asend(self, value):
        return await self.step(self.generator.asend(value))

    async def athrow(self, error):
        return await self.step(self.generator.athrow(error))

    async def aclose(self):
        await self.generator.aclose()
        if self.items is not None:
            self.items.end(is_whole=False)

    async def step(self, going_on):
        self.task.set(True)
        start = clock()
        try:
            item = await going_on
        except BaseException as error:
            if self.items is not None:
                self.items.seconds += clock() - start
                if isinstance(error, StopAsyncIteration):
                    self.items.end(is_whole=True)
                else:
                    self.items.raised(error)
            raise
        finally:
            self.task.set(False)
        if self.items is not None:
            self.items.seconds += clock() - start
            self.items.take(item)
        return item
