"""Stretches of requests, and the side that a request counts for."""

import asyncio
import unittest

import rustworthy
from rustworthy._switch.keeper import keeper
from switching import Switched, counts


class Spans(Switched):
    def test_the_outermost_one_is_the_request(self):
        made = self.switch(lambda: 1, lambda: 1, "50%", shadow=0.0)
        state = keeper.states["s"]
        state.recording = True
        for _ in range(200):
            with rustworthy.span("request"), rustworthy.span("part"):
                made()
        by_python, by_rust = (times.collect().number for times in (state.python_requests, state.rust_requests))
        self.assertEqual(by_python + by_rust, 200)
        self.assertEqual(by_rust, counts("s")["rust"])

    def test_requests_of_both_sides_count_for_neither(self):
        made = self.switch(lambda: 1, lambda: 1, "50%", shadow=0.0)
        state = keeper.states["s"]
        state.recording = True
        with rustworthy.span("request"):
            for _ in range(50):
                made()
        self.assertEqual(state.python_requests.collect().number + state.rust_requests.collect().number, 0)

    def test_decorators_exceptions_and_listeners(self):
        from rustworthy._switch.spans import listeners

        heard = []

        class Listener:
            def begins(self, name):
                heard.append(f"{name} begins")
                return name

            def ends(self, begun):
                heard.append(f"{begun} ends")

        class Broken:
            def begins(self, name):
                raise RuntimeError

        for listener in (Listener(), Broken()):
            listeners.append(listener)
            self.addCleanup(listeners.remove, listener)

        @rustworthy.span("outer")
        def raises():
            with rustworthy.span("inner"):
                raise KeyError

        @rustworthy.span("waiting")
        async def waits():
            return 1

        with self.assertRaises(KeyError):
            raises()
        self.assertEqual(asyncio.run(waits()), 1)
        expected = ["outer begins", "inner begins", "inner ends", "outer ends", "waiting begins", "waiting ends"]
        self.assertEqual(heard, expected)
        with self.assertRaises(TypeError):
            rustworthy.span(1)


if __name__ == "__main__":
    unittest.main()
