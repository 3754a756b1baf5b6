"""Does with functions of strangers' packages what a user does, and tells what was decided.

    run.py PROGRAM decide [FUNCTION…]    each by itself: what was expected, what was decided, in how long
    run.py PROGRAM new [FUNCTION…]       the crate of each, without an edit: whether it builds and is equal, and in how long
    run.py PROGRAM sitting               twelve functions of the service in one sitting, from `init` to the first decision
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
FILES = ("desk.py", "traffic.py", "contenders.py", "rates.py")
LONGEST = 600.0
# For each measurement, in place of the usual 30 s.
BUDGET = ("--budget", "10s")

SERVICE = """
[scenario.routes]
handler = "desk:answer_route"
requests = "traffic:routes"
count = 4000
arrivals = { process = "poisson", utilization = 0.8 }
candidates = ["polyline:decode", "humanize:naturalsize"]
"""
RATES = """
[service.rates]
command = ["python", "rates.py", "{port}"]
ready = "http://127.0.0.1:{port}/healthz"

[scenario.rates]
handler = "desk:answer_rates"
requests = "traffic:rates"
count = 1000
arrivals = { process = "closed" }
candidates = ["requests.api:get"]
"""
LOGIN = """
[scenario.login]
handler = "desk:answer_login"
requests = "traffic:log_ins"
count = 150
arrivals = { process = "closed" }
candidates = ["werkzeug.security:check_password_hash"]
"""
PRICES = """
[cost]
core-hour = 0.04
engineer-day = 800
migration-days = 5
horizon-months = 12
currency = "USD"
"""


class Subject:
    """A function, what the service is asked for, and what somebody who knows it would decide."""

    def __init__(self, function, case, expected, contenders="", more="", keys="", body=None, decides=None, captures=True, requires=None):
        self.function, self.case, self.expected = function, case, expected
        self.contenders, self.more, self.keys, self.body = contenders, more, keys, body
        # What other Pythons have to have installed.
        self.decides, self.captures, self.requires = decides, captures, requires
        self.name = function.partition(":")[2].rpartition(".")[2].replace("_", "-").lower()


def contender(name, python, kind, **keys):
    more = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
    return f'\n[workload.NAME.contender.{name}]\npython = "{python}"\nkind = "{kind}"\n{more}'


SUBJECTS = [
    Subject("polyline:encode", "draw", "migrate", body="encode.rs"),
    Subject("stdnum.luhn:checksum", "genuine", "migrate", body="checksum.rs"),
    Subject("toolz.dicttoolz:merge", "settings", "leave"),
    Subject("toolz.itertoolz:groupby", "by_country", "use_library", contender("cytoolz", "cytoolz:groupby", "library", packaged=True)),
    Subject("base58:b58decode", "addresses", "use_library", contender("based58", "based58:b58decode", "rust", packaged=True)),
    Subject("inflection:underscore", "columns", "upgrade_python", requires="inflection==0.5.1"),
    Subject("tomli:loads", "packages", "compile", contender("standard", "tomllib:loads", "library")),
    Subject("sqlparse:format", "pretty", "leave", more=PRICES, keys="calls-per-month = 2000"),
    Subject("shortuuid:uuid", "tickets", "inconclusive"),
    Subject("werkzeug.security:check_password_hash", "log_in", "leave", more=LOGIN, keys='replaces = "FUNCTION"'),
    Subject("requests.api:get", None, "leave", more=RATES, captures=False, decides="requests.api:get"),
    Subject("polyline:decode", "routes", "migrate", more=SERVICE, keys='replaces = "FUNCTION"', body="decode.rs"),
    Subject("idna:encode", "hosts", "inconclusive", contender("codec", "contenders:host_by_codec", "library")),
    Subject(
        "mnemonic:Mnemonic.to_entropy", "recover", "fix_algorithm", contender("dict", "contenders:to_entropy", "algorithm")
    ),
    Subject("humanize:naturalsize", "sizes", "leave", more=SERVICE, captures=False, decides="humanize:naturalsize"),
    Subject("jmespath:compile", "found", "leave"),
]


CASES = ["draw", "genuine", "settings", "by_country", "addresses", "columns", "packages", "pretty", "hosts", "recover", "sizes", "found"]


class Sitting:
    """A user with a project in a folder of its own."""

    def __init__(self, program, folder):
        self.program, self.folder, self.typed, self.seconds = program, folder, [], 0.0
        for name in FILES:
            shutil.copy(HERE / name, folder)

    def run(self, *words, check=True, form=("--format", "json")):
        """Types a command; what it gave as JSON, or None where it gave none."""
        self.typed.append("rustworthy " + " ".join(words))
        start = time.monotonic()
        place = words.index("--") if "--" in words else len(words)
        command = [self.program, *words[:place], *form, *words[place:]]
        ran = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=2 * LONGEST)
        took = time.monotonic() - start
        self.seconds += took
        print(f"    {took:6.1f} s, exit {ran.returncode}: {self.typed[-1]}", file=sys.stderr)
        if ran.returncode:
            print(re.sub("(?m)^", "      | ", ran.stderr.strip()[-1500:]), file=sys.stderr)
        self.code = ran.returncode
        try:
            return json.loads(ran.stdout)
        except ValueError:
            if check:
                raise SystemExit(f"{self.typed[-1]}: no JSON\n{ran.stderr}") from None
            return None

    def write(self, file, edit):
        path = self.folder / file
        path.write_text(edit(path.read_text() if path.exists() else ""))


def capture_words(subject):
    call = "routes" if subject.case == "routes" else None
    return ["--scenario", "routes"] if call else ["--", "python", "traffic.py", subject.case]


def decide(program, subject, folder):
    sitting = Sitting(program, folder)
    head = '[project]\npython-path = ["."]\n'
    if subject.requires:
        sitting.write("requirements.txt", lambda _: subject.requires + "\n")
        head += 'requirements = "requirements.txt"\n'
    fill = lambda text: text.replace("NAME", subject.name).replace("FUNCTION", subject.function)
    if subject.case == "routes" or not subject.captures:
        sitting.write("rustworthy.toml", lambda _: head + subject.more)
    told = []
    if subject.captures:
        captured = sitting.run("capture", subject.function, *capture_words(subject))
        subject.name = captured["name"]
        purity = captured.get("purity") or {}
        told += [f"reads {', '.join(purity['reads'])}"] if purity.get("reads") else []
        told += ["not stable"] if purity and not purity["stable"] else []
        told += [f"not made again: {captured['unreplayed']}"] if captured.get("unreplayed") else []
        workload = captured["workload"]
        if subject.body:
            (folder / "rustworthy.toml").unlink(missing_ok=True)
            made = sitting.run("new", subject.function)
            file = f"{made['folder']}/src/lib.rs"
            body = (HERE / "bodies" / subject.body).read_text()
            marked = re.compile(r"(// rustworthy: begin body\n).*?( *// rustworthy: end body)", re.S)
            sitting.write(file, lambda text: marked.sub(lambda found: found[1] + body + found[2], text))
            checked = sitting.run("new", "--check", made["package"])
            told.append("equal" if checked["equal"] else f"differs: {checked['first_difference']}")
            sitting.write("rustworthy.toml", lambda text: keyed(text, subject, fill) + subject.more)
        else:
            sitting.write("rustworthy.toml", lambda _: head + "\n" + keyed(workload, subject, fill) + fill(subject.contenders) + subject.more)
        if not subject.body:
            sitting.run("try", subject.name, *BUDGET, check=False)
    decision = sitting.run("decide", subject.decides or subject.name, *BUDGET, check=False)
    candidate = next(iter(decision["candidates"]), None) if decision else None
    if candidate and candidate["verdict"] == "inconclusive" and candidate.get("command"):
        decision = sitting.run("decide", subject.decides or subject.name, *BUDGET, "--settle", "1m")
        candidate = decision["candidates"][0]
    verdict = candidate["verdict"] if candidate else "none"
    if candidate:
        told += [reason["text"] for reason in candidate["reasons"][:2]]
        verdict_of = candidate.get("contender")
        told = [f"by {verdict_of}"] * bool(verdict_of) + told
    return sitting, verdict, told


def keyed(toml, subject, fill):
    """The workload with keys of one's own below its name."""
    return toml.replace(f"[workload.{subject.name}]\n", f"[workload.{subject.name}]\n{fill(subject.keys)}\n", 1) if subject.keys else toml


def built(made):
    check = made.get("check") or {}
    return {"builds": check.get("builds"), "equal": check.get("equal")}


def crate_of(program, subject, folder):
    """A crate as `new` writes it, without an edit: whether it builds and is equal, and in how long."""
    sitting = Sitting(program, folder)
    if subject.case == "routes":
        sitting.write("rustworthy.toml", lambda _: '[project]\npython-path = ["."]\n' + subject.more)
    if subject.case is not None:
        sitting.run("capture", subject.function, *capture_words(subject))
    before = sitting.seconds
    made = sitting.run("new", subject.function, check=False)
    took = sitting.seconds - before
    if made is None:
        return "refused", took
    found = built(made)
    return "built, equal" if found["builds"] and found["equal"] else str(found), took


def sit(program):
    """From nothing to a first decision about all that the service does."""
    with tempfile.TemporaryDirectory() as folder:
        sitting = Sitting(program, pathlib.Path(folder))
        sitting.run("init", "--run", "python traffic.py all", check=False, form=())
        manifest = (sitting.folder / "rustworthy.toml").read_text()
        more = [f"desk:{case}" for case in CASES if f"[workload.{case.replace('_', '-')}]" not in manifest]
        captured = sitting.run("capture", *more, "--replace", "--", "python", "traffic.py", "all")
        captured = captured if isinstance(captured, list) else [captured]
        usable = [one for one in captured if one["purity"] and one["purity"]["stable"]]
        sitting.write("rustworthy.toml", lambda text: text + "\n" + "\n".join(one["workload"] for one in usable))
        sitting.run("try", "all", *BUDGET, check=False)
        decision = sitting.run("decide", *BUDGET)
    for candidate in decision["candidates"]:
        print(f"| `{candidate['name']}` | {candidate['verdict']} | {candidate['reasons'][0]['text']} |")
    print(f"\n{len(decision['candidates'])} functions, {len(sitting.typed)} commands, {sitting.seconds:.0f} s")


def main(program, mode, *names):
    program = str(pathlib.Path(program).resolve())
    if mode == "sitting":
        return sit(program)
    os.environ.setdefault("CARGO_TARGET_DIR", str(pathlib.Path(tempfile.gettempdir(), "strangers-target")))
    chosen = [subject for subject in SUBJECTS if not names or subject.function in names]
    heads = {"decide": ["function", "expected", "decided", "time", "commands", "told"], "new": ["function", "crate", "time"]}[mode]
    for row in [heads, ["---"] * len(heads)]:
        print("|", " | ".join(row), "|", flush=True)
    for subject in chosen:
        with tempfile.TemporaryDirectory() as folder:
            row = ROWS[mode](program, subject, pathlib.Path(folder))
        print("|", " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row), "|", flush=True)


def row_of_decision(program, subject, folder):
    sitting, verdict, told = decide(program, subject, folder)
    return [f"`{subject.function}`", subject.expected, verdict, f"{sitting.seconds:.0f} s", len(sitting.typed), "; ".join(told)]


def row_of_crate(program, subject, folder):
    crate, took = crate_of(program, subject, folder)
    return [f"`{subject.function}`", crate, "–" if took is None else f"{took:.0f} s"]


ROWS = {"decide": row_of_decision, "new": row_of_crate}


if __name__ == "__main__":
    main(*sys.argv[1:])
