"""Which paths of an application can be asked for as they stand."""

ENDS = {"logout", "signout", "delete", "remove", "reset", "shutdown", "stop", "unsubscribe"}


def is_plain(path):
    """Whether a path has no parameters, and is one that can be asked for again and again."""
    parts = {part.replace("-", "").replace("_", "") for part in path.lower().split("/")}
    return path.startswith("/") and path.isascii() and path.isprintable() and not set(path) & set("<>{}*:?#\\^$") and not parts & ENDS
