"""Measure before you migrate: tells which Python hot paths are worth rewriting in Rust, and proves it.

The work is done by a program, which this package finds. ``python -m rustworthy`` runs it, as ``rustworthy`` does.
``rustworthy.switch`` puts a function and its candidate in Rust behind a switch, for a program in production. ``rustworthy.compare``
compares functions from a notebook. Tests are recorded and compared by a plugin of pytest, which is there once this package is.
"""

import os as _os

# What type checkers take for true. Importing `typing` would take longer than all of this.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from rustworthy._compare import CompareError, Comparison, Contender, Estimate, compare
    from rustworthy._switch import Switched, set_switch, span, switch

__all__ = [
    "CompareError",
    "Comparison",
    "Contender",
    "Estimate",
    "Switched",
    "compare",
    "find_program",
    "set_switch",
    "span",
    "switch",
]

try:
    # What the environment says of files is relative to where the program was started: it may go elsewhere before it asks for them.
    _beginning = _os.getcwd()
except OSError:
    _beginning = "."


def __getattr__(name: str) -> object:
    # Not at import, which has to cost nothing to who needs none of it.
    found: object
    if name in ("Switched", "set_switch", "span", "switch"):
        from rustworthy import _switch

        found = getattr(_switch, name)
    elif name in ("CompareError", "Comparison", "Contender", "Estimate", "compare"):
        from rustworthy import _compare

        found = getattr(_compare, name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def find_program() -> str:
    """The path of the program that came with this package.

    Raises FileNotFoundError where it is gone.
    """
    import os
    import sysconfig

    # Where pip puts programs: of the environment, of the user, and below the folder of `pip install --target`.
    package = os.path.dirname(os.path.abspath(__file__))
    folders = [
        sysconfig.get_path("scripts"),
        sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")),
        os.path.join(os.path.dirname(package), "bin"),
    ]
    for folder in folders:
        program = os.path.join(folder, "rustworthy")
        if os.path.isfile(program):
            return program
    raise FileNotFoundError(
        f"the program `rustworthy` is in none of {', '.join(folders)}; install the package anew: "
        "pip install --force-reinstall rustworthy"
    )
