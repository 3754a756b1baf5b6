"""orders_rust: what stands in place of functions of orders.py after its migration. Each has to return the same.

They are contenders of the built-in workloads, those without threads where there is a choice: a request is handled on
one processor, and is too small to be shared out.
"""

import pixels
import protobuf
import records
import regex_logs
import string_hash
from rustworthy_workloads import ndjson


def hash_orders(lines):
    return string_hash.pyo3_in_place(lines)


def clean_orders(events):
    return records.pyo3_borrowed(events)


def encode_orders(messages):
    return protobuf.pyo3_batch(messages)


def count_errors(body):
    return ndjson.of_bytes(body)


def parse_logs(lines):
    return regex_logs.pyo3_borrowed(regex_logs.Log(lines, None))


def brighten_picture(picture):
    return pixels.pyo3_bytes(picture)


parse_logs([])  # builds its tables of characters here, lest the first request wait for them
