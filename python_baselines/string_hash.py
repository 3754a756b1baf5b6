"""hash: the polynomial hash of each text, over its code points. The Rust side is workloads/src/string_hash.rs.

All contenders take a list of str and return a list of int: h = 31·h + c for each code point c, modulo 2**64. Python's
own integers have no modulus, so the baseline masks what the article leaves to grow. A lone surrogate is a code point
too, which contenders whose texts become UTF-8 refuse with a UnicodeEncodeError; the input has none.

There is no parallel kernel: the texts are Python's, and out of its hands threads could only hash copies of them.
"""

import functools
import os
import random
from array import array

MASK = 2**64 - 1


def masked(texts):
    return [masked_hash(text) for text in texts]


def masked_hash(text):
    hashed = 0
    for character in text:
        hashed = (hashed * 31 + ord(character)) & MASK
    return hashed


def article(texts):
    """As published. The integer grows by five bits a character, so that time grows with the square of the length."""
    return [article_hash(text) for text in texts]


def article_hash(text):
    hashed = 0
    for character in text:
        hashed = hashed * 31 + ord(character)
    return hashed


def blocks(texts):
    """Eight characters a turn: most of their sums fit Python's smallest integers, and one mask does for all."""
    return [blocks_hash(text) for text in texts]


def blocks_hash(text):
    codes = memoryview(str.encode(text, "utf-32-le", "surrogatepass")).cast("I")
    odd = len(codes) % 8
    hashed = 0
    for code in codes[:odd]:
        hashed = hashed * 31 + code
    rest = iter(codes[odd:])
    for a, b, c, d, e, f, g, h in zip(*[rest] * 8):
        left = ((a * 31 + b) * 31 + c) * 31 + d
        right = ((e * 31 + f) * 31 + g) * 31 + h
        hashed = (hashed * 31**8 + left * 31**4 + right) & MASK
    return hashed


def numpy(texts):
    """Running sums of c·31**-i over all texts at once: 31 is odd, so it has an inverse modulo 2**64.

    In place where it can be: fresh megabytes cost more than the arithmetic.
    """
    import numpy as np

    codes, lengths = joined(texts)
    sums = np.full(len(codes) + 1, pow(31, -1, 2**64), dtype=np.uint64)
    sums[0] = 0
    terms = sums[1:]
    np.cumprod(terms, out=terms)
    terms *= codes
    np.cumsum(terms, out=terms)
    powers = np.full(lengths.max(initial=0) + 1, 31, dtype=np.uint64)
    powers[0] = 1
    np.cumprod(powers, out=powers)
    ends = np.cumsum(lengths)
    return ((sums[ends] - sums[ends - lengths]) * np.cumprod(powers[lengths])).tolist()


def numba(texts):
    return numba_kernel()(*joined(texts)).tolist()


@functools.cache
def numba_kernel():
    """Compiled once a machine, not once a process."""
    os.environ.setdefault("NUMBA_CACHE_DIR", os.environ.get("RUSTWORTHY_SCRATCH", ""))
    import numpy as np
    from numba import njit

    @njit(cache=True)
    def hashes(codes, lengths):
        result = np.empty(len(lengths), dtype=np.uint64)
        start = 0
        for index, length in enumerate(lengths):
            hashed = np.uint64(0)
            for code in codes[start : start + length]:
                hashed = hashed * np.uint64(31) + np.uint64(code)
            result[index] = hashed
            start += length
        return result

    return hashes


def joined(texts):
    """The code points of all texts in one array, and the length of each text in another."""
    import numpy as np

    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    return codes, np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))


def pyo3_strings(texts):
    from rustworthy_workloads import string_hash

    return string_hash.of_strings(texts)


def pyo3_in_place(texts):
    from rustworthy_workloads import string_hash

    return string_hash.in_place(texts)


def pyo3_bytes(texts):
    from rustworthy_workloads import string_hash

    return string_hash.of_bytes(list(map(str.encode, texts)))


def subprocess(texts):
    import routes

    return unpacked(routes.run("hash", packed(texts)))


def http(texts):
    import routes

    return unpacked(routes.post("hash", packed(texts)))


def grpc(texts):
    import routes

    for text in texts:
        if not isinstance(text, str):  # the message would take bytes as well
            raise TypeError(f"expected a str, got {type(text)}")
    return list(routes.call("Hash", routes.message("HashRequest")(texts=texts)).hashes)


def packed(texts):
    """The request: how many texts, how many bytes each, and the bytes."""
    encoded = list(map(str.encode, texts))
    return array("I", [len(encoded), *map(len, encoded)]).tobytes() + b"".join(encoded)


def unpacked(response):
    return array("Q", response).tolist()


def texts(size, seed):
    """The input: texts of a few dozen to a few thousand characters; the first ones are what hashes get wrong."""
    rng = random.Random(seed)
    words = [
        "the quick brown fox jumps over the lazy dog while it rains".split(),
        "Größe naïve Übung été ça Straße señor où cœur Århus".split(),
        "быстрая лиса прыгает через ленивую собаку 東京 山田 太郎".split(),
        "launch 🧑‍🚀 👩‍👩‍👧‍👦 𝒳 team 𠜎 ok".split(),
    ]
    languages = rng.choices(words, weights=[80, 10, 7, 3], k=size)
    lengths = (rng.lognormvariate(3.5, 0.9) for _ in range(size))
    sampled = (" ".join(rng.choices(words, k=1 + int(length))) for words, length in zip(languages, lengths))
    return [*extremes(), *sampled][:size]


def extremes():
    return [
        "thirteen char",  # the shortest whose hash exceeds 64 bits
        "",
        "\0",
        "\0\0a",
        "\r\n\t",
        "é",
        "e\u0301",
        "\u00ff" * 9,
        "\u0100" * 17,
        "\uffff" * 31,
        "\U0010ffff" * 33,
        'quotes " and \\ \r\n lines, 山 and 🧑‍🚀',
        "The quick brown fox jumps over the lazy dog. " * 60,
    ]


def nbytes(texts):
    return sum(len(text.encode()) for text in texts)
