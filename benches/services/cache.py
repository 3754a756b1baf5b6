"""cache: a service that ranks the entries of documents that it keeps in memory, and now and then replaces one.

Nearly all requests read, and their rankings are kept for a while, for further pages. One in fifty brings a document
in place of another, which is parsed and linked into a tree whose nodes know their parents. That takes some ten times
as long, and leaves what it replaces as garbage in cycles. So much is kept that the collector pauses for milliseconds,
while whoever happens to be served then has to wait. Slow requests are slow for other reasons than most are busy.

A request says itself whether it brings a document, which is equal to the one that it replaces: so the same requests
take as long and have the same answers a second time. Ranking is a binary insertion in Python, migrated to sorted.
Parsing is the decoder in Python that json falls back on, migrated to the one in C.
"""

import json
import random
from collections import deque
from json.decoder import JSONArray, JSONDecoder, JSONObject, py_scanstring
from json.scanner import py_make_scanner

DOCUMENTS = 16
ENTRIES, SPREAD = 700, 0.4  # the median of a document, and the deviation of its logarithm
RANKINGS = 20  # that are kept
BEST = 12  # entries of the first page
REPLACED = 0.02  # of all requests


class Node:
    __slots__ = "children", "parent", "score", "title"

    def __init__(self, parent, title, score):
        self.parent, self.title, self.score, self.children = parent, title, score, []


class DecoderInPython(JSONDecoder):
    def __init__(self):
        super().__init__()
        self.parse_object, self.parse_array, self.parse_string = JSONObject, JSONArray, py_scanstring
        self.scan_once = py_make_scanner(self)


def requests(count, seed):
    rng = random.Random(seed)
    return [request(rng) for _ in range(count)]


def request(rng):
    number = rng.randrange(DOCUMENTS)
    if rng.random() < REPLACED:
        return {"document": number, "text": TEXTS[number]}
    return {"document": number, "query": rng.choice(["st", "re", "ing", "on"])}


def document(seed):
    rng = random.Random(seed)
    words = "stone river morning iron string gold reason winter rest garden station".split()
    entries = [
        {"title": " ".join(rng.choices(words, k=3)), "score": rng.randrange(1_000), "section": rng.randrange(8)}
        for _ in range(int(ENTRIES * rng.lognormvariate(0, SPREAD)))
    ]
    return json.dumps(entries)


def handle(request):
    if text := request.get("text"):
        KEPT[request["document"]] = linked(parsed(text))
        return {"replaced": request["document"]}
    ranking = ranked(matches(KEPT[request["document"]], request["query"]))
    RECENT.append(ranking)
    return {"best": ranking[:BEST], "of": len(ranking)}


def parsed(text):
    return DECODER.decode(text)


def parsed_native(text):
    return json.loads(text)


def linked(entries):
    root = Node(None, "", 0)
    root.children = [Node(root, f"section {section}", 0) for section in range(8)]
    for entry in entries:
        section = root.children[entry["section"]]
        section.children.append(Node(section, entry["title"], entry["score"]))
    return root


def matches(root, query):
    """The score of each entry by what was asked for, and its title."""
    nodes = (node for section in root.children for node in section.children)
    return [[node.score + 500 * (query in node.title), node.title] for node in nodes]


def ranked(entries):
    """In ascending order; equal ones stay in theirs."""
    ranking = []
    for entry in entries:
        low, high = 0, len(ranking)
        while low < high:
            middle = (low + high) // 2
            if entry < ranking[middle]:
                high = middle
            else:
                low = middle + 1
        ranking.insert(low, entry)
    return ranking


def ranked_native(entries):
    return sorted(entries)


DECODER = DecoderInPython()
RECENT = deque(maxlen=RANKINGS)
TEXTS = [document(seed) for seed in range(DOCUMENTS)]
KEPT = [linked(parsed_native(text)) for text in TEXTS]
