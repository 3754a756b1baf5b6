"""What the service is asked for, one function for each subject. `python traffic.py NAME` asks for it, `all` for everything."""

import math
import random
import string
import sys

import base58
import polyline
from werkzeug.security import generate_password_hash

import desk


def route(number, points):
    return [(52 + math.sin(number + i / 40) / 3, 13 + math.cos(number - i / 30) / 2) for i in range(points)]


def draw(chance):
    for number in range(300):
        desk.draw([route(number, chance.choice([20, 60, 200, 500]))])


def genuine(chance):
    for _ in range(200):
        desk.genuine(["".join(chance.choices(string.digits, k=chance.choice([15, 16, 16, 16, 19]))) for _ in range(20)])


def settings(chance):
    names = [f"option_{number}" for number in range(200)]
    for _ in range(300):
        layers = [{name: chance.random() for name in chance.sample(names, size)} for size in (150, 40, 10)]
        desk.settings([layers])


def by_country(chance):
    for number in range(300):
        orders = [{"id": number, "country": chance.choice(["DE", "FR", "IT", "PL"]), "total": chance.random()} for _ in range(300)]
        desk.by_country(orders)


def addresses(chance):
    for _ in range(300):
        desk.addresses([base58.b58encode(b"\0" + chance.randbytes(24)) for _ in range(10)])


def columns(chance):
    words = ["Order", "Total", "ID", "Customer", "HTTP", "Address", "Line", "URL", "Of", "Delivery"]
    for _ in range(100):
        desk.columns(["".join(chance.sample(words, chance.randint(1, 4))) for _ in range(20)])


def document(chance):
    lines = ["[project]", f'name = "package-{chance.randint(1, 999)}"', 'version = "1.2.3"', "keywords = ["]
    lines += [f'    "{word}",' for word in chance.sample(["fast", "small", "safe", "typed", "plain", "parser"], 4)] + ["]"]
    for part in range(chance.randint(3, 12)):
        lines += ["", f"[tool.part{part}]", f"level = {chance.randint(0, 10**6)}", f"share = {chance.random()}"]
        lines += [f"when = 2026-11-{chance.randint(10, 29)}T07:32:00Z", f'path = "src/{part}/**"', "strict = true"]
        lines += [f'table{row} = {{ name = "row {row}", sizes = [1, 2, {row}] }}' for row in range(5)]
    return "\n".join(lines) + "\n"


def packages(chance):
    for _ in range(150):
        desk.packages([document(chance)])


def pretty(chance):
    for number in range(60):
        fields = ", ".join(f"t.field_{place}" for place in range(chance.randint(3, 12)))
        desk.pretty([f"select {fields} from things t left join others o on t.id = o.id where t.id in (1, 2, {number}) and o.name like 'a%'"])


def tickets(chance):
    for _ in range(50):
        desk.tickets(10)


def log_in(chance):
    hashed = generate_password_hash("correct horse")
    for word in ["correct horse", "wrong", "battery staple"] * 5:
        desk.log_in(hashed, [word])


def hosts(chance):
    names = ["example.com", "faß.de", "bücher.example", "παράδειγμα.δοκιμή", "日本語.jp", "www.straße.de", "xn--nxasmm1c.com"]
    for _ in range(300):
        desk.hosts(chance.sample(names, 4))


def recover(chance):
    for _ in range(60):
        desk.recover([desk.WORDS.to_mnemonic(chance.randbytes(chance.choice([16, 16, 32])))])


def sizes(chance):
    for _ in range(100):
        desk.sizes([chance.randint(0, 10 ** chance.randint(1, 15)) for _ in range(20)])


def found(chance):
    expressions = ["people[?age > `20`].name", "people[0].name", "length(people)", "people[*].{n: name, a: age}"]
    people = [{"name": f"name {number}", "age": number} for number in range(40)]
    for _ in range(300):
        desk.found(expressions, {"people": people})


SUBJECTS = {one.__name__: one for one in (
    draw, genuine, settings, by_country, addresses, columns, packages, pretty, tickets, log_in, hosts, recover, sizes, found,
)}


# What scenarios ask for.


def routes(count, seed):
    chance = random.Random(seed)
    lines = [polyline.encode(route(number, chance.choice([50, 100, 200]))) for number in range(100)]
    return [{"line": chance.choice(lines)} for _ in range(count)]


def rates(count, seed):
    return [f"rate/{number % 7}" for number in range(count)]


def log_ins(count, seed):
    hashed = generate_password_hash("correct horse")
    return [(hashed, "correct horse" if number % 5 else "wrong") for number in range(count)]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        for subject in SUBJECTS.values() if name == "all" else [SUBJECTS[name]]:
            subject(random.Random(7))
