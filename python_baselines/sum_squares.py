"""sum-squares: the sum of i² over range(n). The Rust side is workloads/src/sum_squares.rs."""

import operator

import routes

INT64_MAX = 2**63 - 1
CHUNK = 16_384  # 128 kB of int64: stays in the second-level cache


def count(size, seed):
    """The input: n itself, whatever the seed."""
    return size


def loop(n):
    total = 0
    for i in range(n):
        total += i * i
    return total


def numpy_chunked(n):
    """Exact: no chunk is so long that its sum could overflow int64."""
    import numpy as np

    n = max(operator.index(n), 0)
    longest = INT64_MAX // max(n * n, 1)
    if longest == 0:
        raise OverflowError(f"n is {n}: its squares don't fit int64")
    step = min(longest, CHUNK)
    total = 0
    for start in range(0, n, step):
        numbers = np.arange(start, min(start + step, n), dtype=np.int64)
        total += int(np.dot(numbers, numbers))
    return total


def numpy_int64(n):
    """What most people write. It overflows in silence from n = 3,024,618 on."""
    import numpy as np

    return int(np.sum(np.arange(n, dtype=np.int64) ** 2))


def closed_form(n):
    n = max(operator.index(n), 0)
    return (n - 1) * n * (2 * n - 1) // 6


def pyo3_serial(n):
    from rustworthy_workloads import sum_squares

    return sum_squares.serial(n)


def pyo3_rayon(n):
    from rustworthy_workloads import sum_squares

    return sum_squares.parallel(n)


def subprocess(n):
    return int.from_bytes(routes.run("sum-squares", request(n)), "little")


def http(n):
    return int.from_bytes(routes.post("sum-squares", request(n)), "little")


def request(n):
    return max(operator.index(n), 0).to_bytes(8, "little")


def grpc(n):
    n = max(operator.index(n), 0)
    if n >= 2**64:
        raise OverflowError(f"n is {n}: it doesn't fit 64 bits")
    response = routes.call("SumSquares", routes.message("SumSquaresRequest")(n=n))
    return response.high << 64 | response.low
