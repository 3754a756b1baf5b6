"""pixels-png: a picture from file to file, a fifth brighter. The Rust side is workloads/src/pixels_png.rs.

All contenders take the path of a PNG file and return the path of another with the brighter picture. They brighten as
`pixels` does, and refuse what it refuses. Pictures are compared, not files: those differ with the encoder. Chunks
beside the pixels (text, gamma, a transparent colour) aren't kept, and 16 bits of colour become 8, as Pillow reads
them; 16 bits of grey, one bit and palettes are other modes, and a ValueError.

Compression takes most of the time, so every contender is named after its own: zlib's level 6 or 1, or "fast", the
algorithm made for PNG of the fdeflate crate, which has no levels. Sizes of the files at the default size, seed 42:
Pillow 96,021 bytes at level 1 and 80,153 at level 6; Rust 86,472 bytes fast and 86,536 at level 6.

gRPC is left out: a file has no fields, so it would be HTTP with a wrapping.

One leniency of Pillow isn't shared: a file whose pixels are whole but that is cut off after them is an OSError in Rust.
"""

import os
import tempfile
from pathlib import Path

from PIL import Image, UnidentifiedImageError

import pixels


def python_level_6(path):
    return save(path, pixels.python(opened(path)), 6)


def point_level_6(path):
    return save(path, pixels.point(opened(path)), 6)


def point_level_1(path):
    return save(path, pixels.point(opened(path)), 1)


def pyo3_level_6(path):
    from rustworthy_workloads import pixels_png

    return pixels_png.brighten(path, target(path, "pyo3-6"), 6)


def pyo3_fast(path):
    from rustworthy_workloads import pixels_png

    return pixels_png.brighten(path, target(path, "pyo3-fast"))


def subprocess_fast(path):
    import routes

    file = target(path, "subprocess-fast")
    refused_as_pillow_does(routes.run, "pixels-png-path", os.fsencode(Path(path)) + b"\0" + os.fsencode(file))
    return file


def http_fast(path):
    import routes

    file = target(path, "http-fast")
    file.write_bytes(refused_as_pillow_does(routes.post, "pixels-png", Path(path).read_bytes()))
    return file


def refused_as_pillow_does(ask, name, body):
    try:
        return ask(name, body)
    except SyntaxError as error:  # what isn't PNG at all
        raise UnidentifiedImageError(str(error)) from None


def opened(path):
    image = Image.open(Path(path), formats=["PNG"])
    pixels.colours_of(image)
    image.load()  # closes the file
    image.info.clear()
    return image


def save(path, image, level):
    file = target(path, f"pillow-{level}")
    image.save(file, compress_level=level)
    return file


def target(path, name):
    """Where a contender writes: beside the input, a file of its own."""
    return Path(f"{os.fspath(path)}.{name}.png")


def same_pixels(expected, got):
    with Image.open(expected) as a, Image.open(got) as b:
        return (a.mode, a.size) == (b.mode, b.size) and a.tobytes() == b.tobytes()


def photo(size, seed):
    """The input: path of a PNG file of about so many pixels."""
    folder = Path(os.environ.get("RUSTWORTHY_SCRATCH") or tempfile.gettempdir())
    path = folder / f"pixels-png-{size}-{seed}.png"
    partial = path.with_suffix(f".{os.getpid()}")
    pixels.photo(size, seed).save(partial, format="PNG", compress_level=6)
    partial.replace(path)
    return path


def nbytes(path):
    """Bytes of the pixels, so that the compression of the file doesn't matter."""
    with Image.open(path) as image:
        return pixels.nbytes(image)
