"""JSON that is deep, wide, huge, or hardly JSON."""

from collections.abc import Iterator

from tests.hostile.attack import Case, post

DEPTH = 50_000
JSON = "application/json"


def cases() -> Iterator[Case]:
    """Yield the attacks."""
    for name, text in LATENTS.items():
        yield post(name, "decode", text if isinstance(text, bytes) else text.encode(), JSON)
    for name, body in IMAGES.items():
        yield post(name, "encode", body, JSON)
    yield post("largest number of float64", "decode", b'{"z": [[1.7976931348623157e308, 0]]}', JSON)
    why = "RFC 8259 leaves it open; the last one counts, as everywhere in Python"
    yield post("duplicate keys", "decode", b'{"z": [[9]], "z": [[0, 0]]}', JSON, why)
    why = "the charset is none of JSON's parameters"
    yield post("foreign charset", "decode", b'{"z": [[0, 0]]}', f"{JSON}; charset=utf-16", why)


LATENTS: dict[str, str | bytes] = {
    "50,000 lists deep": '{"z": ' + "[" * DEPTH + "]" * DEPTH + "}",
    "50,000 objects deep": '{"z":' * DEPTH + "1" + "}" * DEPTH,
    "1,000,000 lists that never close": "[" * 1_000_000,
    "a million keys": "{" + ",".join(f'"{i:x}":0' for i in range(1_000_000)) + "}",
    "a million vectors": '{"z": [' + ",".join(["[0,0]"] * 1_000_000) + "]}",
    "a vector of a million": '{"z": [[' + ",".join(["0"] * 1_000_000) + "]]}",
    "8 MB of white space": " " * 8_000_000 + "{}",
    "a number of a million digits": '{"z": [[' + "9" * 1_000_000 + ", 0]]}",
    "a fraction of a million digits": '{"z": [[1001.' + "3" * 1_000_000 + ", 0]]}",
    "1e999": '{"z": [[1e999, 0]]}',
    "exponent of 20 digits": '{"z": [[1e99999999999999999999, 0]]}',
    "2**64": '{"z": [[18446744073709551616, 0]]}',
    "-2**63 - 1": '{"z": [[-9223372036854775809, 0]]}',
    "NaN": '{"z": [[NaN, 0]]}',
    "Infinity": '{"z": [[Infinity, 0]]}',
    "-Infinity": '{"z": [[-Infinity, 0]]}',
    "NaN as text": '{"z": [["NaN", 0]]}',
    "null": '{"z": [[null, 0]]}',
    "booleans": '{"z": [[true, false]]}',
    "numbers as text": '{"z": [["0", "0"]]}',
    "objects for vectors": '{"z": [{"0": 0, "1": 0}]}',
    "no vectors": '{"z": []}',
    "an empty vector": '{"z": [[]]}',
    "vectors of unequal length": '{"z": [[0, 0], [0]]}',
    "three levels": '{"z": [[[0, 0]]]}',
    "a number for all": '{"z": 0}',
    "a list for all": "[[0, 0]]",
    "null for all": "null",
    "nothing": "",
    "one more field": '{"z": [[0, 0]], "__proto__": {}}',
    "another field": '{"Z": [[0, 0]]}',
    "lone surrogate in a key": '{"\\ud800": [[0, 0]]}',
    "lone surrogate as bytes": b'{"\xed\xa0\x80": [[0, 0]]}',
    "overlong UTF-8": b'{"\xc1\xba": [[0, 0]]}',
    "NUL in a key": '{"z\\u0000": [[0, 0]]}',
    "byte order mark": '{"z": [[0, 0]]}'.encode("utf-8-sig"),
    "UTF-16": '{"z": [[0, 0]]}'.encode("utf-16"),
    "UTF-32": '{"z": [[0, 0]]}'.encode("utf-32"),
    "trailing comma": '{"z": [[0, 0],]}',
    "comment": '{"z": [[0, 0]] /* */}',
    "two documents": '{"z": [[0, 0]]}{"z": [[0, 0]]}',
    "single quotes": "{'z': [[0, 0]]}",
    "hexadecimal": '{"z": [[0x0, 0]]}',
    "leading zero": '{"z": [[00, 0]]}',
}
IMAGES = {
    "base64 of nothing": b'{"images": [""]}',
    "base64 with a data: prefix": b'{"images": ["data:image/png;base64,iVBORw0KGgo="]}',
    "base64 that is not ASCII": '{"images": ["é€𝔷"]}'.encode(),
    "base64 with a lone surrogate": b'{"images": ["\\udfff"]}',
    "base64 of bad length": b'{"images": ["iVBOR"]}',
    "base64 of a million empty images": b'{"images": [' + b",".join([b'""'] * 1_000_000) + b"]}",
    "an address instead of an image": b'{"images": ["http://127.0.0.1:1/"]}',
    "a path instead of an image": b'{"images": ["/etc/passwd"]}',
}
