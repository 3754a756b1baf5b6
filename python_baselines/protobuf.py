"""protobuf: records to the wire format of workloads/proto/orders.proto. The Rust side is workloads/src/protobuf.rs.

All contenders take a list of dicts and return a list of bytes. orders.binpb is the compiled .proto file, from
which both backends of the protobuf package make their classes; which one a process gets is decided by
PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION when the package is imported. There are no routes to other processes: the
records would have to be encoded to be sent, which is the work itself.
"""

import functools
import random
from pathlib import Path


def upb(records):
    Order = order_class("upb")
    return [Order(**record).SerializeToString() for record in records]


def pure_python(records):
    Order = order_class("python")
    return [Order(**record).SerializeToString() for record in records]


def reused_message(records):
    """One message for all records, set field by field. Every record has to have every field."""
    order = order_class("upb")()
    encoded = []
    for record in records:
        order.Clear()
        order.id = record["id"]
        order.balance = record["balance"]
        order.customer = record["customer"]
        order.ratings.extend(record["ratings"])
        order.tags.extend(record["tags"])
        if record["address"] is not None:
            set_address(order.address, record["address"])
        add_line = order.lines.add
        for line in record["lines"]:
            add_line(**line)
        encoded.append(order.SerializeToString())
    return encoded


def set_address(message, address):
    message.SetInParent()  # an empty address isn't an absent one
    message.street = address["street"]
    message.city = address["city"]
    message.postcode = address["postcode"]


def pyo3_per_message(records):
    """The naive way: every record is converted into a Rust message, which is encoded."""
    from rustworthy_workloads import protobuf

    return [protobuf.encode(record) for record in records]


def pyo3_batch(records):
    """One call, in which values go from the dicts to the wire without a message in between."""
    from rustworthy_workloads import protobuf

    return protobuf.encode_batch(records)


@functools.cache
def order_class(backend):
    """The class of Order messages, of the backend that the contender is named after."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    from google.protobuf.internal import api_implementation

    if (found := api_implementation.Type()) != backend:
        raise RuntimeError(
            f"the protobuf package uses its {found} backend, not {backend}: "
            f"set PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION={backend} and install a wheel that has it"
        )
    pool = descriptor_pool.DescriptorPool()
    descriptors = Path(__file__).with_name("orders.binpb").read_bytes()
    for file in descriptor_pb2.FileDescriptorSet.FromString(descriptors).file:
        pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("rustworthy.orders.Order"))


def records(size, seed):
    """The input: orders that differ from one another; the first ones hold the extremes of every field."""
    rng = random.Random(seed)
    return [*extremes()[:size], *(record(rng, identifier) for identifier in range(size - len(extremes())))]


def nbytes(records):
    """Bytes of the strings and numbers, eight for a number."""
    return sum(weight(record) for record in records)


def weight(value):
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, dict):
        return sum(map(weight, value.values()))
    if isinstance(value, list):
        return sum(map(weight, value))
    return 0 if value is None else 8


def extremes():
    line = {"sku": "", "quantity": 0, "price": 0}
    nowhere = {"street": "", "city": "", "postcode": ""}
    empty = {"id": 0, "balance": 0, "customer": "", "ratings": [], "tags": [], "address": None, "lines": []}
    return [
        empty,
        empty | {"address": nowhere, "lines": [line, line], "tags": ["", ""], "ratings": [0, 0]},
        empty | {"id": 2**64 - 1, "balance": 2**63 - 1, "ratings": [2**31 - 1, -(2**31), -1, 127, 128]},
        empty | {"balance": -(2**63), "lines": [line | {"quantity": 2**32 - 1, "price": -(2**63)}]},
        empty | {"customer": "nul \0, é, e\u0301, 山, 🧑‍🚀, \U0010ffff", "tags": ["x" * 127, "ß" * 64]},
        empty | {"customer": "long " * 4000, "ratings": list(range(-500, 500))},
    ]


def record(rng, identifier):
    customers = ["Ada Lovelace", "Zoë Ångström", "Иван Петров", "山田 太郎", "نجيب محفوظ", "🧑‍🚀 Cosmo"]
    cities = [("Köln", "50667"), ("東京", "100-0001"), ("São Paulo", "01001-000"), ("Dublin", "D02 AF30")]
    city, postcode = rng.choice(cities)
    address = {"street": f"{rng.choice(customers)}-Straße {rng.randrange(1, 300)}", "city": city, "postcode": postcode}
    return {
        "id": rng.getrandbits(rng.randrange(1, 65)),
        "balance": int(rng.gauss(0, 1e6)),
        "customer": f"{rng.choice(customers)} {identifier}",
        "ratings": [rng.randrange(-5, 300) for _ in range(rng.randrange(12))],
        "tags": [f"tag-{rng.getrandbits(24):x}" for _ in range(rng.randrange(6))],
        "address": address if rng.random() < 0.8 else None,
        "lines": [line(rng) for _ in range(rng.randrange(1, 6))],
    }


def line(rng):
    return {
        "sku": f"SKU-{rng.getrandbits(40):010x}",
        "quantity": rng.randrange(1, 500),
        "price": int(rng.lognormvariate(8, 2)),
    }
