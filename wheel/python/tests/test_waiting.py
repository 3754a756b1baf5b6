"""Switches of coroutine functions."""

import asyncio
import inspect
import unittest

import rustworthy
from rustworthy._switch.shadow import pool
from switching import PanicException, Switched, counts


class Waiting(Switched):
    def run_switch(self, mode, python, rust, **options):
        made = self.switch(python, rust, mode, **options)
        self.assertTrue(inspect.iscoroutinefunction(made))
        return made

    def test_coroutine_functions_and_either_kind_of_candidate(self):
        async def python(x):
            await asyncio.sleep(0)
            return [x]

        async def rust(x):
            await asyncio.sleep(0)
            return [x]

        for name, candidate in [("async", rust), ("sync", lambda x: [x])]:
            made = self.run_switch("shadow", python, candidate, name=name, inline=False)
            self.assertEqual(asyncio.run(made(1)), [1])
            pool.drain(5)
            self.assertEqual(counts(name), {"calls": 1, "shadowed": 1, "equal": 1})
            rustworthy.set_switch(name, "rust")
            self.assertEqual(asyncio.run(made(1)), [1])

    def test_what_is_awaited_is_not_shadowed_inline(self):
        async def python(x):
            return [x]

        made = self.run_switch("shadow", python, python, inline=True)
        self.assertEqual(asyncio.run(made(1)), [1])
        pool.drain(5)
        self.assertEqual(counts("s"), {"calls": 1, "shadowed": 1, "equal": 1})

    def test_cancellation_passes(self):
        async def python():
            return 1

        async def rust():
            await asyncio.sleep(60)

        made = self.run_switch("rust", python, rust, shadow=0.0)

        async def cancelled():
            task = asyncio.create_task(made())
            await asyncio.sleep(0.01)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task

        asyncio.run(cancelled())
        self.assertEqual(counts("s"), {"calls": 1, "rust": 1, "passed": 1})

    def test_only_the_outermost_call_of_a_task_falls_back_or_is_shadowed(self):
        asked = []

        async def side(n):
            asked.append(n)
            await asyncio.sleep(0)
            if n == 0:
                raise ValueError
            return await made(n - 1)

        made = self.run_switch("rust", side, side, shadow=1.0, inline=False)
        with self.assertRaises(ValueError):
            asyncio.run(made(12))
        pool.drain(5)
        self.assertLessEqual(len(asked), 3 * 13)
        self.assertEqual((counts("s")["failed"], counts("s")["fell_back"]), (1, 1))

    def test_tasks_that_outlive_a_call_are_not_within_it(self):
        async def python():
            return "python"

        async def rust():
            later.append(asyncio.create_task(goes_on()))
            return "python"

        async def goes_on():
            await begin.wait()
            return await made()

        async def program():
            nonlocal begin
            begin = asyncio.Event()
            await made()
            rustworthy.set_switch("s", "python")
            begin.set()
            return await later[0]

        begin, later = None, []
        made = self.run_switch("rust", python, rust, shadow=0.0)
        self.assertEqual(asyncio.run(program()), "python")
        self.assertEqual(counts("s"), {"calls": 2, "rust": 1})

    def test_a_candidate_that_raises(self):
        async def python():
            return 1

        async def rust():
            raise PanicException

        made = self.run_switch("rust", python, rust, shadow=0.0)
        self.assertEqual([asyncio.run(made()) for _ in range(2)], [1, 1])
        self.assertEqual(counts("s"), {"calls": 2, "rust": 1, "failed": 1, "fell_back": 1})


if __name__ == "__main__":
    unittest.main()
