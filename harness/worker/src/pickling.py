"""Pickles objects so that arrays of NumPy come back as they lie in memory: with their strides, as views of memory that
they share with others, read-only where they were.

Pickling as usual makes every array contiguous and gives it memory of its own, which may hide that code can't take a view,
and is faster or slower than the view.
"""

import io
import pickle
import sys
from array import array as packed

PROTOCOL = 5

# Parts of memory begin at multiples of this, so that arrays stay as aligned as they were.
ALIGNMENT = 64


class Memory:
    """Memory that arrays look at: what of it they see, and how many they are."""

    def __init__(self, owner, number):
        numpy = sys.modules["numpy"]
        self.owner, self.number, self.users = owner, number, 0
        self.bytes = None
        if type(owner) is numpy.ndarray and owner.size and not owner.dtype.hasobject:
            dense = owner.transpose(sorted(range(owner.ndim), key=lambda axis: -owner.strides[axis]))
            if dense.flags.c_contiguous:
                self.bytes = dense.reshape(-1).view("u1")
        elif type(owner) in (bytes, bytearray, packed) and len(owner):
            self.bytes = numpy.frombuffer(owner, "u1")
        self.low, self.high = (0, 0) if self.bytes is None else (self.bytes.nbytes, 0)
        self.part = None

    def see(self, array):
        self.users += 1
        if self.bytes is not None and array.size:
            low = high = self.offset(array)
            for length, stride in zip(array.shape, array.strides):
                low, high = low + min(0, (length - 1) * stride), high + max(0, (length - 1) * stride)
            self.low, self.high = min(self.low, low), max(self.high, high + array.itemsize)

    def offset(self, array):
        return address(array) - address(self.bytes)

    def seen(self):
        """The part that is seen, and where it begins: a buffer as a whole, for it may be known by itself."""
        if not isinstance(self.owner, sys.modules["numpy"].ndarray):
            return self.owner, 0
        low = self.low // ALIGNMENT * ALIGNMENT
        if self.part is None:
            self.part = self.bytes[low : self.high].copy()
        return self.part, low


def address(array):
    return array.__array_interface__["data"][0]


def owner_of(array):
    """The object that holds the memory of an array."""
    ndarray, owner = sys.modules["numpy"].ndarray, array
    while isinstance(owner, (ndarray, memoryview)):
        base = owner.obj if isinstance(owner, memoryview) else owner.base
        if base is None:
            break
        owner = base
    return owner


class Layouts(pickle.Pickler):
    """All arrays within an object, in the order in which they are pickled."""

    def __init__(self, object):
        super().__init__(self, PROTOCOL)
        self.arrays, self.memories = [], {}
        self.dump(object)

    def write(self, data):
        return len(data)

    def reducer_override(self, object):
        if not isinstance(object, sys.modules["numpy"].ndarray):
            return NotImplemented
        owner = owner_of(object)
        memory = self.memories.setdefault(id(owner), Memory(owner, len(self.memories)))
        memory.see(object)
        self.arrays.append((object, memory))
        return NotImplemented if object.dtype.hasobject else (int, ())


class Pickler(pickle.Pickler):
    def __init__(self, file, layouts):
        super().__init__(file, PROTOCOL)
        self.memories = layouts.memories

    def reducer_override(self, object):
        if type(object) is not sys.modules["numpy"].ndarray:
            return NotImplemented
        memory = self.memories.get(id(owner_of(object)))
        if memory is None:
            return object.__reduce__()  # A part of one.
        flags = object.flags
        if memory.bytes is None or not object.size or object.dtype.hasobject:
            return NotImplemented
        if memory.owner is object and memory.users == 1 and flags.forc and flags.writeable:
            return object.__reduce__()  # Unlike the way of protocol 5, this one gives it memory of its own again.
        part, low = memory.seen()
        offset = memory.offset(object) - low
        return view, (part, object.shape, object.dtype, offset, object.strides, flags.writeable)


def view(memory, shape, dtype, offset, strides, writeable):
    """Pickles call this."""
    import numpy

    array = numpy.ndarray(shape, dtype, memory, offset, strides)
    if not writeable:
        array.flags.writeable = False
    return array


def has_arrays():
    return hasattr(sys.modules.get("numpy"), "ndarray")


def dumps(object):
    if not has_arrays():
        return pickle.dumps(object, PROTOCOL)
    file = io.BytesIO()
    Pickler(file, Layouts(object)).dump(object)
    return file.getvalue()


def changed(object, copy):
    """How an array lies in memory otherwise in a copy, in words; None if all lie alike."""
    if not has_arrays():
        return None
    pairs = zip(Layouts(object).arrays, Layouts(copy).arrays)
    for (array, memory), (other, memory_of_other) in pairs:
        if array.shape != other.shape or array.dtype != other.dtype:
            return None  # Sets may come in another order.
        what = f"an array of shape {array.shape} and type {array.dtype}"
        if array.size and array.strides != other.strides:
            return f"{what} has strides {other.strides} in place of {array.strides}"
        if array.flags.writeable != other.flags.writeable:
            return f"{what} {'is no longer' if other.flags.writeable else 'is'} read-only"
        if memory.number != memory_of_other.number:
            shares = "no longer shares" if memory.number < memory_of_other.number else "shares"
            return f"{what} {shares} its memory with another"
        if type(array) is not type(other):
            return f"{what} is a {type(other).__name__} in place of a {type(array).__name__}"
    return None
