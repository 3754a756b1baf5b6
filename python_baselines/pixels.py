"""pixels: a picture in memory, a fifth brighter. The Rust side is workloads/src/pixels.rs.

All contenders take a Pillow image and return a new one of the same mode and size. Every grey or colour value v
becomes min(int(v * 1.2), 255), and alpha stays as it is. Modes are L, LA, RGB and RGBA; any other one (palettes,
one bit, 16 bits, CMYK, …) is a ValueError.

Pillow keeps three channels in four bytes, so a picture reaches Rust by repacking it (tobytes and frombytes), or as
Pillow's own memory (the Arrow C data interface). A NumPy array that Rust changes in place is left out: it takes the
same two copies as bytes. Threads are left out too: one takes about a tenth of a millisecond for a picture.
"""

import copyreg
import functools
import math

from PIL import Image

COLOURS = {"L": 1, "LA": 1, "RGB": 3, "RGBA": 3}  # channels that aren't alpha


def python(image):
    """As published; what has other channels than RGB goes through a loop of its own."""
    if image.mode != "RGB":
        return python_any(image)
    result = Image.new(image.mode, image.size)
    for y in range(image.height):
        for x in range(image.width):
            r, g, b = image.getpixel((x, y))
            result.putpixel((x, y), (min(int(r * 1.2), 255), min(int(g * 1.2), 255), min(int(b * 1.2), 255)))
    return result


def python_any(image):
    colours = colours_of(image)
    result = Image.new(image.mode, image.size)
    for y in range(image.height):
        for x in range(image.width):
            pixel = image.getpixel((x, y))
            values = pixel if isinstance(pixel, tuple) else (pixel,)
            brighter = tuple(min(int(value * 1.2), 255) for value in values[:colours])
            result.putpixel((x, y), brighter + values[colours:])
    return result


def translate(image):
    """Bytes have a loop over a table built in."""
    colours = colours_of(image)
    channels = len(image.getbands())
    before = image.tobytes()
    after = before.translate(table())
    if colours < channels:
        after = bytearray(after)
        after[colours::channels] = before[colours::channels]
    return Image.frombytes(image.mode, image.size, after)


def point(image):
    """And so has Pillow."""
    colours = colours_of(image)
    alphas = len(image.getbands()) - colours
    return image.point([*table()] * colours + [*range(256)] * alphas)


def numpy(image):
    import numpy as np

    colours = colours_of(image)
    before = np.asarray(image)
    after = before // 5
    np.minimum(after, 255 - before, out=after)
    after += before
    if colours < len(image.getbands()):
        after[..., colours:] = before[..., colours:]
    return Image.fromarray(after)


def numpy_wrapping(image):
    """What is easily written: a float above 255 becomes a byte without its higher bits."""
    import numpy as np

    colours = colours_of(image)
    before = np.asarray(image)
    after = (before * 1.2).astype(np.int64).astype(np.uint8)
    if colours < len(image.getbands()):
        after[..., colours:] = before[..., colours:]
    return Image.fromarray(after)


def pyo3_tuples(image):
    """A list of tuples, as the loop sees pixels."""
    from rustworthy_workloads import pixels

    result = Image.new(image.mode, image.size)
    result.putdata(pixels.brighten_tuples(image.mode, list(image.get_flattened_data())))
    return result


def pyo3_bytes(image):
    from rustworthy_workloads import pixels

    return Image.frombytes(image.mode, image.size, pixels.brighten(image.mode, image.tobytes()))


def pyo3_arrow(image):
    """Rust reads Pillow's memory, and Pillow takes over Rust's. It shares one block, 16 MiB; above that we copy."""
    from rustworthy_workloads import pixels

    try:
        shared = pixels.brighten_shared(image)
        return Image.fromarrow(shared, image.mode, image.size)
    except ValueError:
        return pyo3_bytes(image)


def subprocess(image):
    import routes

    return Image.frombytes(image.mode, image.size, routes.run("pixels", request(image)))


def http(image):
    import routes

    return Image.frombytes(image.mode, image.size, routes.post("pixels", request(image)))


def grpc(image):
    import routes

    colours_of(image)
    width, height = image.size
    message = routes.message("Image")(mode=image.mode, width=width, height=height, pixels=image.tobytes())
    return Image.frombytes(image.mode, image.size, routes.call("Brighten", message).pixels)


def request(image):
    colours_of(image)
    return image.mode.encode() + b"\n" + image.tobytes()


@functools.cache
def table():
    return bytes(min(int(value * 1.2), 255) for value in range(256))


def colours_of(image):
    """How many of the image's channels aren't alpha."""
    if image.mode not in COLOURS:
        raise ValueError(f"can't brighten mode {image.mode}; L, LA, RGB and RGBA can be")
    return COLOURS[image.mode]


def photo(size, seed):
    """The input: about as many pixels, in RGB: smooth light with a little noise, and every value in every channel."""
    import numpy as np

    width = max(math.isqrt(size * 4 // 3), 1)
    height = max(size // width, 1)
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    light = [np.sin(x / wide + y / high + phase) for wide, high, phase in rng.uniform(20, 120, (3, 3))]
    photo = 128 + 120 * np.stack(light, axis=-1) + rng.normal(0, 2, (height, width, 3))
    values = np.clip(photo, 0, 255).astype(np.uint8).reshape(-1, 3)
    every = np.arange(min(len(values), 256))
    values[every] = np.stack([every, 255 - every, every * 37 % 256], axis=-1)
    return Image.frombytes("RGB", (width, height), values.tobytes())


def nbytes(image):
    return image.width * image.height * len(image.getbands())


def restored(mode, size, data):
    return Image.frombytes(mode, size, data).im


def reduced(core):
    """Pixels are C data, of which Pillow doesn't tell Python how to copy it; so outputs couldn't be compared."""
    return restored, (core.mode, core.size, Image.Image()._new(core).tobytes())


copyreg.pickle(type(Image.new("L", (1, 1)).im), reduced)
