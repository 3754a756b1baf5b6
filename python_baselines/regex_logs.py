"""regex-logs: the requests of each host by status, from an access log. The Rust side is workloads/src/regex_logs.rs.

The input is a Log: its lines, as iterating over a file yields them, and the path of a file that holds them. All
contenders return {(host, status): requests} in order of first appearance. A line counts where PATTERN matches at its
start; whatever follows is ignored. Lines end in "\\n" alone: every other separator, "\\r" included, is part of one.

What \\w, \\d and \\s match is particular to Python's re: str.isalnum() or "_", str.isdecimal(), str.isspace(), of the
Unicode version that the interpreter has. RE2's are ASCII; those of Rust's regex, which polars uses too, are
Unicode's own. Every part of the pattern ends where the next one can't go on, so a match never has to backtrack.

Left out: one search over the joined lines, because [^"] and \\s would run on into the next line, and gRPC, because a log
has no natural message.
"""

import os
import random
import re
import tempfile
import unicodedata
from collections import Counter
from functools import cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

PATTERN = (
    r"(?P<host>[\w.:-]+)\s(?P<user>\S+)\s\[(?P<time>[^\]]+)\]\s"
    r'"(?P<method>\w+)\s(?P<path>\S+)\s(?P<protocol>[^"]*)"\s(?P<status>\d+)\s(?P<size>\d+|-)'
)
NEEDED = r'([\w.:-]+)\s\S+\s\[[^\]]+\]\s"\w+\s\S+\s[^"]*"\s(\d+)\s[\d-]'  # the same with two groups


class Log(NamedTuple):
    lines: list
    path: Path


ENTRY = re.compile(PATTERN)
HOST_AND_STATUS = re.compile(NEEDED.replace("+", "++").replace("*", "*+"))  # gives nothing back


def python(log):
    requests = {}
    for line in log.lines:
        if entry := ENTRY.match(line):
            key = entry["host"], entry["status"]
            requests[key] = requests.get(key, 0) + 1
    return requests


def python_lean(log):
    """Captures what is needed, never backtracks, and counts without a loop in Python."""
    entries = map(HOST_AND_STATUS.match, log.lines)
    return dict(Counter([entry.groups() for entry in entries if entry]))


def python_file(log):
    """The baseline for a log that isn't in memory."""
    with open(log.path, encoding="utf-8", newline="\n") as file:
        return python(Log(file, log.path))


def re2(log):
    """On bytes: for each str it would also translate the positions of all groups."""
    match, encode = re2_pattern().match, str.encode
    entries = [match(encode(line, "utf-8", "replace")) for line in log.lines]
    requests = Counter([entry.groups() for entry in entries if entry])
    return {(host.decode(), status.decode()): count for (host, status), count in requests.items()}


def polars(log):
    """Has Python's classes spelled out: its own aren't those. A lone surrogate is refused."""
    import polars as pl

    lines = pl.Series("line", list(log.lines), dtype=pl.String, strict=True)
    if lines.has_nulls():
        raise TypeError("expected a string, got None")
    groups = lines.str.extract_groups(spelled_out()).struct.unnest().drop_nulls()
    requests = groups.group_by("host", "status", maintain_order=True).len()
    return {(host, status): count for host, status, count in requests.iter_rows()}


def pyo3_naive(log):
    from rustworthy_workloads import regex_logs

    return regex_logs.from_copies(log.lines)


def pyo3_borrowed(log):
    from rustworthy_workloads import regex_logs

    return regex_logs.from_lines(log.lines)


def pyo3_path(log):
    from rustworthy_workloads import regex_logs

    return regex_logs.from_path(log.path)


def subprocess(log):
    import routes

    return answered(routes.run("regex-logs-path", asked(os.fsencode(log.path))))


def http(log):
    """A lone surrogate is sent as "?": neither is in a class."""
    import routes

    return answered(routes.post("regex-logs", asked("".join(log.lines).encode("utf-8", "replace"))))


def asked(body):
    return unicodedata.unidata_version.encode() + b"\n" + body


def answered(body):
    rows = (line.split("\t") for line in body.decode().split("\n") if line)
    return {(host, status): int(requests) for host, status, requests in rows}


@cache
def re2_pattern():
    import re2

    return re2.compile(NEEDED.encode())


@cache
def spelled_out():
    """The pattern for Rust's regex, with classes made of Unicode's categories and of what was assigned by then."""
    major, minor, _ = unicodedata.unidata_version.split(".")
    word = rf"[[\p{{L}}\p{{N}}_]&&\p{{age:{major}.{minor}}}]"
    decimal = rf"[\p{{Nd}}&&\p{{age:{major}.{minor}}}]"
    named = NEEDED.replace("([", "(?P<host>[").replace(r"(\d", r"(?P<status>\d")
    spelled = named.replace(r"\w", word).replace(r"\d", decimal)
    return r"\A" + spelled.replace(r"\s", r"[\s\x1C-\x1F]").replace(r"\S", r"[^\s\x1C-\x1F]")


def access_log(size, seed):
    """The input: so many lines, in memory and in a file."""
    folder = Path(os.environ.get("RUSTWORTHY_SCRATCH") or tempfile.gettempdir())
    path = folder / f"regex-logs-{size}-{seed}.log"
    partial = path.with_suffix(f".{os.getpid()}")
    log = Log(lines(size, seed), path)
    with partial.open("w", encoding="utf-8", newline="") as file:
        file.writelines(log.lines)
    partial.replace(path)
    return log


def nbytes(log):
    return log.path.stat().st_size


def lines(size, seed):
    """Lines of a log; all that engines disagree about comes early."""
    return list(islice(endless(random.Random(seed)), size))


def endless(rng):
    yield from disagreements()
    hosts = [f"10.{rng.randrange(8)}.{rng.randrange(256)}.{rng.randrange(256)}" for _ in range(120)]
    hosts += [f"web-{number}.example.com:8080" for number in range(60)]
    hosts += ["fe80::1", "bücher.example", "пример.испытание", "例え.テスト", "localhost"]
    paths = ["/", "/index.html", "/api/v2/items/{}?page={}", "/static/app.{:x}.js", "/search?q=caf%C3%A9+{}", "/поиск/{}"]
    agents = ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "curl/8.5.0", "-", "Ünïcode/1.0"]
    statuses, weights = ["200", "304", "404", "301", "500", "206"], [70, 10, 9, 6, 3, 2]
    users, methods = ["-", "-", "-", "ada", "zoë"], ["GET", "GET", "GET", "POST", "HEAD"]
    while True:
        chance = rng.random()
        if chance < 0.01:
            yield rng.choice(["\n", "\r\n", "# rotated\n", "connection reset by peer: 10.0.0.1\n"])
            continue
        path = rng.choice(paths).format(rng.randrange(100_000), rng.randrange(40))
        time = f"{rng.randrange(1, 31):02}/Nov/2025:{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"
        status = rng.choices(statuses, weights)[0]
        size = "-" if status == "304" else str(int(rng.lognormvariate(8, 2)))
        end = "\r\n" if chance < 0.02 else "\n"
        yield (
            f"{rng.choice(hosts)} {rng.choice(users)} [{time} +0000] "
            f'"{rng.choice(methods)} {path} HTTP/1.1" {status} {size} "{rng.choice(agents)}"{end}'
        )


def disagreements():
    """Lines that are read differently where anything but Python's own match reads them."""
    line = 'web.example - [10/Nov/2025:13:55:36 +0000] "GET / HTTP/1.1" 200 2326\n'
    yield from [line, line.replace("\n", "\r\n"), "\n", "\r\n", line.rstrip("\n") + "\r \n"]
    yield from [f" {line}", f"<134> {line}", f'"{line}', "=" + line]  # a search finds an entry, a match doesn't
    yield line.replace(" ", "\u00a0").replace("web", "no-break-space")
    yield line.replace(" ", "\u0085").replace("web", "next-line")
    for separator in "\x1c\x1d\x1e\x1f":
        yield line.replace(" ", separator).replace("web", f"separator-{ord(separator)}")
    yield line.replace(" ", "\u200b").replace("web", "zero-width-space")  # isn't white space to anyone
    yield line.replace(" ", "\u180e").replace("web", "vowel-separator")  # isn't since Unicode 6.3
    yield line.replace("200", "\u0662\u0660\u0660").replace("2326", "\u0661\u0662")  # Arabic-Indic digits
    yield line.replace("200", "\U0001d7d0\U0001d7ce\U0001d7ce")  # mathematical bold digits
    yield line.replace("200", "\u00b2\u2070\u2070")  # superscripts: \w, and not \d
    yield line.replace("web", "b\u00fccher").replace("GET", "G\u00cbT")
    yield line.replace("web", "x\u00b2")  # \w to Python alone
    yield line.replace("web", "e\u0301")  # \w to Rust alone: a combining accent
    yield line.replace("web", "a\u200db")  # \w to Rust alone: a joiner
    yield line.replace("web", "a\u203fb")  # \w to Rust alone: a connector
    yield line.replace("web", "\U0001e4d0")  # a letter since Unicode 15.0
    yield line.replace("web", "\u5c71\u7530")
    yield line.replace("2326", "9" * 5000)
    yield line.replace("2326", "-").replace("200", "0" * 40 + "304")
    yield line.replace("- [", "\U0001f9d1\u200d\U0001f680 [").replace("/ HTTP", "/\U0010ffff HTTP")
    yield line.replace("GET / HTTP/1.1", "")
    yield line.replace("GET / HTTP/1.1", 'GET /a"b]c')
    yield line.replace("10/Nov/2025:13:55:36 +0000", "")
    yield line.replace("10/Nov/2025:13:55:36 +0000", "13\u2028[14\r")
    yield from [line[:20] + "\n", line.split(" 2326")[0] + "\n", "\ufeff" + line]
