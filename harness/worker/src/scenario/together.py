"""Requests that are answered at the same time, as tasks of one event loop."""

import asyncio
import contextvars

# The request that a task works for. Tasks that it creates inherit it.
request_of_task = contextvars.ContextVar("rustworthy_request")

# Futures of what an executor does are told by this.
OF_EXECUTOR = "rustworthy_of_executor"


async def serve(dispatch):
    """Answers requests as they come, each with context variables of its own."""
    loop = asyncio.get_running_loop()
    over = loop.create_future()
    context = contextvars.copy_context()

    def create_task(step, exchange):
        own = context.copy()
        own.run(request_of_task.set, exchange)
        return loop.create_task(step, context=own)

    timer = dispatch.begin(create_task, loop.call_later, over)
    try:
        if timer is not None:
            loop.add_reader(timer, dispatch.start)
        dispatch.start()
        await over
    finally:
        if timer is not None:
            loop.remove_reader(timer)


def watch(loop, wrap, notice):
    """Has `wrap` wrap the coroutines of tasks that requests create, and `notice` see tasks that are ready to go on; tells
    whether the loop allows that."""
    call_soon, run_in_executor, factory = loop.call_soon, loop.run_in_executor, loop.get_task_factory()

    def noticing(callback, *arguments, **options):
        task = getattr(callback, "__self__", None)
        if isinstance(task, asyncio.Future) and hasattr(task, "get_coro"):
            notice(task.get_coro())
        return call_soon(callback, *arguments, **options)

    def marking(*arguments):
        future = run_in_executor(*arguments)
        try:
            setattr(future, OF_EXECUTOR, True)
        except AttributeError:
            pass
        return future

    def making(loop, coroutine, **options):
        context = options.get("context")
        exchange = (context.get if context is not None else get)(request_of_task, None)
        if exchange is not None:
            coroutine = wrap(coroutine, exchange)
        return factory(loop, coroutine, **options) if factory else asyncio.Task(coroutine, loop=loop, **options)

    def get(variable, default):
        return variable.get(default)

    try:
        loop.call_soon, loop.run_in_executor = noticing, marking
    except AttributeError:
        return False
    loop.set_task_factory(making)
    return True
