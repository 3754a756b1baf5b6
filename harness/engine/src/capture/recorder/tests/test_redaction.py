"""Secrets don't reach the disk."""

import json
import pathlib
import sys
import unittest

RECORDER = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(RECORDER), str(RECORDER.parents[3] / "protocol/src/capture")]

from encoding import Encoder, Unrecordable
from redaction import Redactor, is_card


class Session:
    def __init__(self, **state):
        self.__dict__.update(state)


class Reduced:
    def __init__(self, *args):
        self.args = args

    def __reduce__(self):
        return (Reduced, self.args)


def redactor(*patterns):
    return Redactor(b"salt", patterns)


def written(value, redact=None, name=None):
    return json.dumps(Encoder(redact=redact or redactor(), pickles={}).encode(value, "args[0]", name), ensure_ascii=False)


class Redaction(unittest.TestCase):
    def gone(self, secret, value, name=None):
        text = written(value, name=name)
        self.assertNotIn(secret, text)
        return text

    def test_by_name(self):
        secret = "Hunter2-ünique"
        for value in [
            {"password": secret},
            {"userPassword": secret},
            {"X-API-Key": secret},
            {"Authorization": f"Basic {secret}"},
            {"credentials": {"user": {"any": [secret]}}},
            {"access_tokens": (secret, {secret})},
            {1: {"client_secret": secret}},
            {"set-cookie": [secret]},
            Session(api_key=secret),
        ]:
            with self.subTest(repr(value)):
                self.gone(secret, value)
        self.gone(secret, secret, "password")
        self.gone("bXlzdGVyeQ==", {"token": b"mystery"})
        self.gone("4711", {"pin": 4711})

    def test_innocent_names_stay(self):
        for value in [{"tokens": ["if", "x"]}, {"tokenizer": "bpe"}, {"spin": "up"}, {"keyboard": "de"}, {"author": "Ann"}]:
            redact = redactor()
            self.assertEqual(json.loads(written(value, redact)), value)
            self.assertEqual(redact.found, 0)

    def test_by_shape(self):
        for secret, text in [
            ("abc123.def456", "say Bearer abc123.def456 twice"),
            ("eyJhbGciOi.eyJzdWIiOi.SflKxwRJSM", "jwt=eyJhbGciOi.eyJzdWIiOi.SflKxwRJSM"),
            ("AKIAIOSFODNN7EXAMPLE", "key AKIAIOSFODNN7EXAMPLE"),
            ("ghp_0123456789abcdefghijABCDEFGHIJ", "ghp_0123456789abcdefghijABCDEFGHIJ"),
            ("sk-proj-abcdefghijklmnop123", "sk-proj-abcdefghijklmnop123"),
            ("4111 1111 1111 1111", "card 4111 1111 1111 1111!"),
            ("4111111111111111", "card 4111111111111111."),
            ("ann.smith@example.com", "from ann.smith@example.com to all"),
            ("s3cret", "postgres://user:s3cret@db/x"),
            ("hunter2", '{"user": "ann", "password": "hunter2"}'),
            ("hunter2", "user=ann&password=hunter2&x=1"),
            ("hunter2", "Host: x\nCookie: hunter2\n"),
            ("MIIEvQIBADAN", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\n-----END PRIVATE KEY-----"),
        ]:
            with self.subTest(text):
                self.gone(secret, text)
                self.gone(secret, [text.encode()])
                self.assertEqual(len(redactor().text(text)), len(text))
                self.gone(secret, {text: 1})

    def test_numbers_that_are_no_cards_stay(self):
        for text in ["4111111111111112", "0.4111111111111111", "1764412345678", "1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7"]:
            self.assertEqual(redactor().text(text), text)

    def test_cards_stay_cards(self):
        text = redactor().text("4111-1111-1111-1111")
        self.assertEqual((text[4], text[9], text[14]), ("-", "-", "-"))
        self.assertTrue(is_card(text.replace("-", "")))

    def test_kinds_of_characters_and_equality_stay(self):
        redact = redactor()
        one, other = redact.text("Ab1-ü字", True), redact.text("Bearer Ab1-ü字", True)
        self.assertEqual(other, f"Bearer {one}")
        self.assertRegex(one, "^[A-Z][a-z][0-9]-é字$")
        self.assertNotEqual(one, Redactor(b"pepper").text("Ab1-ü字", True))
        self.assertEqual(redact.found, 2)

    def test_patterns_of_ones_own(self):
        self.assertNotIn("4711", written("customer 4711", redactor(r"customer (\d+)")))
        self.assertIn("customer", written("customer 4711", redactor(r"customer (\d+)")))
        self.assertNotIn("x1y", written({"customer_id": "x1y"}, redactor("customer_.*")))

    def test_what_was_secret_once_is_so_in_all_of_the_call(self):
        self.gone("hunter2", [{"password": "hunter2"}, "wrong: hunter2"])

    def test_paths_hold_no_secrets(self):
        shared = [1]
        self.gone("ann@example.com", {"ann@example.com": shared, "b": shared})
        with self.assertRaises(Unrecordable) as raised:
            written({"ann@example.com": lambda: 1})
        self.assertNotIn("ann", str(raised.exception.path))

    def test_what_is_pickled_holds_no_secrets(self):
        self.assertIn('"pickle"', written(Reduced("plain")))
        for value in [Reduced("ann@example.com"), Reduced({"password": "x"}), {"token": Reduced(1)}]:
            with self.assertRaisesRegex(Unrecordable, "secret"):
                written(value)


if __name__ == "__main__":
    unittest.main()
