"""Exceptions that handlers of signals raise, in whatever happens to run: they are the program's, and not the candidate's."""

from __future__ import annotations

import threading
from types import CodeType
from typing import Any


def is_raised_by_a_handler(error: BaseException) -> bool:
    """Whether it came out of a handler of a signal, such as one that ends the program, or an alarm's."""
    # They run in no other thread.
    if threading.current_thread() is not threading.main_thread():
        return False
    import signal

    handlers = {code for number in signal.valid_signals() if (code := _code(signal.getsignal(number))) is not None}
    traceback = error.__traceback__
    while traceback is not None and handlers:
        if traceback.tb_frame.f_code in handlers:
            return True
        traceback = traceback.tb_next
    return False


def _code(handler: Any) -> CodeType | None:
    handler = getattr(handler, "func", handler)
    function = getattr(handler, "__func__", handler)
    code = getattr(function, "__code__", None)
    if code is None:
        code = getattr(getattr(type(handler), "__call__", None), "__code__", None)
    return code if isinstance(code, CodeType) else None
