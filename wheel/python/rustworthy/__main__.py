"""``python -m rustworthy``: the program, in place of this Python."""

import os
import sys
from typing import NoReturn

from rustworthy import find_program


def main() -> NoReturn:
    try:
        program = find_program()
    except FileNotFoundError as error:
        sys.exit(f"error: {error}")
    sys.stdout.flush()
    os.execv(program, ["rustworthy", *sys.argv[1:]])


if __name__ == "__main__":
    main()
