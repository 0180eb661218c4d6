"""Bytes that are not quite HTTP, or too much of it."""

from collections.abc import Iterator

from tests.hostile.attack import MODEL, Case, raw, request

JSON = b"content-type: application/json\r\n"
START = f"POST {MODEL}/decode HTTP/1.1\r\nhost: x\r\n".encode() + JSON
CHUNKED = START + b"transfer-encoding: chunked\r\n\r\n"
GET = b"GET /health/live HTTP/1.1\r\nhost: x\r\n"
BODY = b'{"z":[[0,0]]}'
SIMPLE = f"{MODEL}/latent-grid?rows=1&columns=1"
UNFINISHED = {
    "a request line that never ends": b"GET /" + b"a" * 100,
    "headers that never end": GET + b"a: b\r\n",
    "a body that never comes": START + b"content-length: 100\r\n\r\n",
    "a body that stops": START + b"content-length: 100\r\n\r\n{",
    "a chunk that never comes": CHUNKED + b"5\r\n{",
    "nothing at all": b"",
}
GARBAGE = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(30),
    "SSH": b"SSH-2.0-x\r\n",
    "NULs": bytes(1000),
    "HTTP/9.9": b"GET / HTTP/9.9\r\n\r\n",
    "a method that is none": b"FETCH / HTTP/1.1\r\nhost: x\r\n\r\n",
    "a method of 60 kB": b"A" * 60_000 + b" / HTTP/1.1\r\n\r\n",
    "a request line of two addresses": b"GET / / HTTP/1.1\r\nhost: x\r\n\r\n",
    "an asterisk": b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
    "CONNECT": b"CONNECT evil.example:443 HTTP/1.1\r\nhost: x\r\n\r\n",
    "bytes above ASCII in the path": b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
    "a space before the colon": GET + b"a : b\r\n\r\n",
    "a header without a colon": GET + b"ab\r\n\r\n",
    "a folded header": GET + b"a: b\r\n c\r\n\r\n",
    "a NUL in a header": GET + b"a: b\0c\r\n\r\n",
    "line feeds alone": b"GET /health/live HTTP/1.1\nhost: x\n\n",
    "a length of two values": START + b"content-length: 5\r\ncontent-length: 6\r\n\r\n" + BODY,
    "a negative length": START + b"content-length: -1\r\n\r\n" + BODY,
    "a length of no number": START + b"content-length: 1e3\r\n\r\n" + BODY,
    "a length of 5,000 digits": START + b"content-length: " + b"9" * 5000 + b"\r\n\r\n",
    "a length of 2**64": START + b"content-length: 18446744073709551616\r\n\r\n",
    "a length of 10 GB": START + b"content-length: 10000000000\r\n\r\n",
    "length and chunks": START
    + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "an unknown transfer encoding": START + b"transfer-encoding: gzip\r\n\r\n" + BODY,
    "chunked twice": START + b"transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "a chunk of a negative size": CHUNKED + b"-1\r\n\r\n",
    "a chunk of 2**64": CHUNKED + b"10000000000000000\r\n" + BODY,
    "a chunk of 2**63": CHUNKED + b"7fffffffffffffff\r\n" + BODY,
    "a chunk without a size": CHUNKED + b"\r\n" + BODY,
    "a chunk's extension of 1 MB": CHUNKED + b"1;" + b"a" * 1_000_000 + b"\r\n{\r\n0\r\n\r\n",
    "300,000 chunks of one byte": CHUNKED + b"1\r\n \r\n" * 300_000 + b"0\r\n\r\n",
    "100,000 trailers": CHUNKED + b"0\r\n" + b"a: b\r\n" * 100_000 + b"\r\n",
    "50,000 headers": GET + b"a: b\r\n" * 50_000 + b"\r\n",
    "a header of 20 MB": GET + b"a: " + b"b" * 20_000_000 + b"\r\n\r\n",
    "a path of 20 MB": b"GET /" + b"a" * 20_000_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    "a body in gzip": START + b"content-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\0",
}


def cases() -> Iterator[Case]:
    """Yield the attacks."""
    for name, wire in UNFINISHED.items():
        yield raw(name, wire)
    for name, wire in GARBAGE.items():
        yield raw(name, wire)
    address = request("GET", f"http://evil.example{SIMPLE}")
    yield raw("an absolute address", address, also={200})
    yield raw("no host", f"GET {SIMPLE} HTTP/1.1\r\nconnection: close\r\n\r\n".encode(), also={200})
    yield raw("HTTP/1.0", f"GET {SIMPLE} HTTP/1.0\r\n\r\n".encode(), also={200})
    yield raw("HTTP/0.9", b"GET /health/live\r\n\r\n", also={200})
    expecting = START + b"connection: close\r\nexpect: 100-continue\r\ncontent-length: 13\r\n\r\n"
    yield raw("a body that waits to be asked for", expecting + BODY, also={100, 200})
    yield raw("another expectation", expecting.replace(b"100-continue", b"x") + BODY, also={200})
    upgrade = GET + b"connection: upgrade, close\r\nupgrade: websocket\r\n"
    yield raw("WebSocket", upgrade + b"sec-websocket-key: x\r\n\r\n", also={200})
    yield raw("HTTP/2 by upgrade", upgrade.replace(b"websocket", b"h2c") + b"\r\n", also={200})
    pipelined = (GET + b"\r\n") * 5000
    yield raw("5,000 requests at once", pipelined + GET + b"connection: close\r\n\r\n", also={200})
    hidden = START + b"content-length: 13\r\n\r\n" + BODY + b"GET /admin HTTP/1.1\r\n\r\n"
    yield raw("a request behind a request", hidden, also={200})
    yield raw("half a request, then an end", GET, also={200})
