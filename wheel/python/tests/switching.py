"""What the tests of switches share: switches in this process, without telemetry, and what they have counted."""

import logging
import os
import unittest

import rustworthy
from rustworthy._switch.keeper import keeper
from rustworthy._switch.log import _said
from rustworthy._switch.shadow import pool

FREE = {"budget": "10000%", "shadow_budget": "10s"}


class PanicException(BaseException):
    """As pyo3 raises it: no `Exception`, and each extension module has its own."""


def counts(name):
    found = keeper.states[name].counts
    return {count: value for count in found.__slots__ if (value := getattr(found, count).value)}


class Switched(unittest.TestCase):
    def setUp(self):
        self.kept = dict(keeper.states)
        _said.clear()
        for variable in list(os.environ):
            if variable.startswith("RUSTWORTHY"):
                del os.environ[variable]
        self.said = []
        handler = logging.Handler()
        handler.emit = lambda record: self.said.append(record.getMessage())
        logger = logging.getLogger("rustworthy")
        logger.addHandler(handler)
        logger.propagate = False
        self.addCleanup(logger.removeHandler, handler)

    def tearDown(self):
        pool.drain(5)
        keeper.states.clear()
        keeper.states.update(self.kept)

    def switch(self, python, rust, mode="shadow", name="s", **options):
        made = rustworthy.switch(name, python=python, rust=rust, **{"inline": True, "shadow": 1.0, **FREE, **options})
        rustworthy.set_switch(name, mode)
        return made
