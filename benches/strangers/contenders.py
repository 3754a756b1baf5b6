"""What somebody would try before Rust: a library, the standard library, another algorithm."""

import hashlib


def host_by_codec(s):
    """Python's own codec, of the standard before the present one."""
    return s.encode("idna")


PLACES = {}


def to_entropy(self, words):
    """`Mnemonic.to_entropy` with the place of a word looked up in place of searched for."""
    places = PLACES.get(self.language)
    if places is None:
        places = PLACES[self.language] = {word: place for place, word in enumerate(self.wordlist)}
    if not isinstance(words, list):
        words = words.split(" ")
    if len(words) not in [12, 15, 18, 21, 24]:
        raise ValueError(f"Number of words must be one of the following: [12, 15, 18, 21, 24], but it is not ({len(words)}).")
    number = 0
    for word in words:
        number = number << 11 | places[self.normalize_string(word)]
    check_bits = len(words) * 11 // 33
    entropy = (number >> check_bits).to_bytes(check_bits * 4, "big")
    digest = hashlib.sha256(entropy).digest()[0] >> 8 - check_bits
    if digest != number & (1 << check_bits) - 1:
        raise ValueError("Failed checksum.")
    return bytearray(entropy)
