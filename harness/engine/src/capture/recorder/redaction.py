"""Takes secrets out of texts before anything is written: by the name of what holds them, by their shape, by patterns of one's own.

What stands in their place has the same length and the same kinds of characters, and equal secrets stay equal, so that code takes the
same way as far as it doesn't look at the very letters.
"""

import copy
import hashlib
import re

WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
NAME = re.compile(
    r"(?:^|_)(?:authorization|passwords?|passwd|passphrase|pwd|secrets?|credentials?|cookies?|bearer|jwt|csrf|xsrf|ssn|iban|cvv|cvc|otp"
    r"|apikeys?|(?:api|access|private|secret|signing|encryption|account|master)_keys?|session_id|sessionid|card_number|cardnumber"
    r"|(?:access|api|auth|refresh|id|bearer|session|csrf)_tokens?)(?:_|$)|(?:^|_)(?:token|pin)$"
)
SCHEME = re.compile(r"(?:Bearer|Basic|Token|Digest|Negotiate|ApiKey)\s+", re.I)

# Each with the text that has to be there for it to be looked for at all, and the group that is secret.
SHAPES = [
    ("-----BEGIN", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", re.S)),
    ("earer ", re.compile(r"\b[Bb]earer\s+([A-Za-z0-9._~+/=-]{8,})")),
    ("asic ", re.compile(r"\b[Bb]asic\s+([A-Za-z0-9+/]{8,}={0,2})")),
    ("eyJ", re.compile(r"\b(eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*)")),
    ("A", re.compile(r"\b((?:AKIA|ASIA)[A-Z0-9]{16})\b")),
    ("gh", re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})")),
    ("glpat-", re.compile(r"\b(glpat-[A-Za-z0-9_-]{20,})")),
    ("xox", re.compile(r"\b(xox[abposr]-[A-Za-z0-9-]{10,})")),
    ("k", re.compile(r"\b((?:sk|rk|pk)[-_](?:live_|test_|proj-|ant-)?[A-Za-z0-9_-]{16,})")),
    ("AIza", re.compile(r"\b(AIza[A-Za-z0-9_-]{35})")),
    ("://", re.compile(r"://[^/\s:@]*:([^/\s@]+)@")),
    ("@", re.compile(r"(?<![A-Za-z0-9._%+-])([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")),
]
CARD = re.compile(r"(?<![\d.])([2-6](?:\d{12,18}|\d{3}([ -])\d{4}\2\d{4}\2\d{1,7}|\d{3}([ -])\d{6}\3\d{5}))(?!\d|\.\d)")
# Named values within a text: JSON, forms and queries, headers.
PAIRS = [
    re.compile(r"\"([\w.-]+)\"\s*:\s*\"((?:[^\"\\]|\\.)*)\""),
    re.compile(r"(?:^|[?&;\s])([\w.%-]+)=([^&;\s\"']+)"),
    re.compile(r"^([\w-]+):[ \t]*([^\r\n]+)", re.M),
]
HINT = re.compile(r"authori|passw|passphrase|pwd|secret|credential|cookie|jwt|[cx]srf|ssn|iban|cvv|cvc|otp|key|session|card|token|pin", re.I)


class Redactor:
    """Redacts, and counts in `found` what it has found. `salt` makes it impossible to try out what a text stood for.

    What was secret in one place is so wherever it is in the same call: `seen` holds it.
    """

    def __init__(self, salt, patterns=()):
        self.salt, self.patterns, self.found = salt, [re.compile(pattern) for pattern in patterns], 0
        self.names, self.seen = {}, {}
        # Short texts that nothing was found in: most are met again and again.
        self.clean = set()

    def of_call(self):
        """The same for one call."""
        own = copy.copy(self)
        own.found, own.seen = 0, {}
        return own

    def is_secret(self, name):
        """Whether what has this name is secret."""
        known = self.names.get(name)
        if known is None:
            words = "_".join(word.lower() for word in WORDS.findall(name))
            known = NAME.search(words) is not None or any(pattern.fullmatch(name) for pattern in self.patterns)
            if len(self.names) < 10_000:
                self.names[name] = known
        return known

    def text(self, text, secret=False):
        """A text without its secrets; with `secret`, all of it is one."""
        if secret:
            scheme = SCHEME.match(text)
            start = scheme.end() if scheme else 0
            return text[:start] + self.secret(text[start:])
        if len(text) < 4 or text in self.clean and not self.seen:
            return text
        given = text
        for hint, shape in SHAPES:
            if hint in text:
                text = shape.sub(self.group, text)
        if CARD.search(text):
            text = CARD.sub(self.card, text)
        if HINT.search(text):
            for pair in PAIRS:
                text = pair.sub(self.pair, text)
        for pattern in self.patterns:
            text = pattern.sub(self.group, text)
        for secret, instead in self.seen.items():
            if secret in text:
                text = text.replace(secret, instead)
        if text == given and not self.seen and len(text) <= 64 and len(self.clean) < 20_000:
            self.clean.add(text)
        return text

    def key(self, key):
        """A key of a dict."""
        return self.text(key)

    def finds(self, text):
        """Whether there is anything secret in a text, in which nothing can be replaced."""
        before, made = self.found, self.text(text)
        self.found = before
        return made != text or any(self.is_secret(word) for word in re.findall(r"[A-Za-z_][\w-]{2,60}", text))

    def group(self, match):
        number = 1 if match.re.groups else 0
        whole, start = match.group(), match.start()
        begin, end = match.span(number)
        if begin < 0:
            return whole
        return whole[: begin - start] + self.secret(match.group(number)) + whole[end - start :]

    def pair(self, match):
        if not self.is_secret(match.group(1)):
            return match.group()
        value = match.group(2)
        scheme = SCHEME.match(value)
        start = scheme.end() if scheme else 0
        head = match.group()[: match.start(2) - match.start()]
        return head + value[:start] + self.secret(value[start:]) + match.group()[match.end(2) - match.start() :]

    def card(self, match):
        digits = [character for character in match.group() if character.isdigit()]
        if not is_card(digits):
            return match.group()
        plain = self.secret(match.group())
        # Its last digit is a check of the others.
        head, last = plain[:-1], plain[-1]
        own = [character for character in head if character.isdigit()]
        return head + next((digit for digit in "0123456789" if is_card([*own, digit])), last)

    def secret(self, text):
        """What stands in the place of a secret."""
        if not text:
            return text
        self.found += 1
        made = []
        for block in range(0, len(text), 64):
            seed = block.to_bytes(8, "big") + text.encode("utf-8", "surrogatepass")
            chance = hashlib.blake2b(seed, key=self.salt, digest_size=64).digest()
            made += map(like, text[block : block + 64], chance)
        instead = "".join(made)
        # Shorter ones are met by chance.
        if len(text) >= 5 and len(self.seen) < 100:
            self.seen[text] = instead
        return instead


def like(character, chance):
    """A character of the same kind."""
    if "a" <= character <= "z":
        return chr(97 + chance % 26)
    if "A" <= character <= "Z":
        return chr(65 + chance % 26)
    if "0" <= character <= "9":
        return chr(48 + chance % 10)
    if character < "\x80" or not character.isalnum():
        return character
    # As wide in memory, and in UTF-8.
    if character < "\u0100":
        return "é" if character.islower() else "É"
    if character < "\u0800":
        return "я" if character.islower() else "Я"
    return "字" if character <= "\uffff" else "𠀀"


def is_card(digits):
    """Luhn's check."""
    double = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(twice - 9 if twice > 9 else twice for twice in double)) % 10 == 0
