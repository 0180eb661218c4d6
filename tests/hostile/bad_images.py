"""Images that lie, that explode, or that belong to parsers which no client may reach."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.hostile.attack import Case, post

GREY = Image.fromarray(np.arange(784, dtype=np.uint16).reshape(28, 28).astype(np.uint8))
COLOUR = GREY.convert("RGB")
PNG, JPEG, WEBP = "image/png", "image/jpeg", "image/webp"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
FOREIGN = [*("BLP", "BMP", "DDS", "DIB", "GIF", "ICNS", "ICO", "JPEG2000", "MSP", "PCX", "PDF")]
FOREIGN += ["PPM", "SGI", "SPIDER", "TGA", "TIFF", "XBM", "EPS", "AVIF"]


def cases() -> Iterator[Case]:
    """Yield the attacks."""
    for kind, file in foreign().items():
        yield post(f"{kind} that says it is a PNG", "encode", file, PNG)
    for name, (file, kind) in broken().items():
        yield post(name, "encode", file, kind)
    for name, (file, kind, why) in odd().items():
        yield post(name, "encode", file, kind, why)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return an image as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """Write a chunk of a PNG."""
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(
    width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 0, data: bytes = b""
) -> bytes:
    """Write a PNG that claims what it likes; `chunks` stand before its data."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(data, 9))
    return SIGNATURE + head + b"".join(chunks) + pixels + chunk(b"IEND", b"")


def compressed_text(size: int) -> bytes:
    """Write a text chunk that grows to `size` bytes."""
    return chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(size), 9))


def foreign() -> dict[str, bytes]:
    """Return a file of every format that Pillow can write, and heads of those it only reads."""
    Image.init()
    files = {
        "FITS": b"SIMPLE  =                    T" + b" " * 2850,
        "PSD": b"8BPS\0\1" + bytes(40),
        "FLI": bytes(4) + b"\x11\xaf" + bytes(122),
        "WMF": b"\xd7\xcd\xc6\x9a\0\0" + bytes(60),
        "GBR": struct.pack(">IIIII4sI", 28, 2, 1, 1, 1, b"GIMP", 1) + bytes(9),
        "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(60),
        "an SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        "IM": b"Image type: L image\r\nImage size (x*y): 2*2\r\n" + bytes(470),
        "a zip": b"PK\x03\x04" + bytes(60),
    }
    for kind in FOREIGN:
        if kind in Image.SAVE:
            picture = GREY.convert({"BLP": "P", "MSP": "1", "XBM": "1"}.get(kind, "RGB"))
            picture = GREY.convert("F") if kind == "SPIDER" else picture
            files[kind] = saved(picture, kind)
    return files


def broken() -> dict[str, tuple[bytes, str]]:
    """Return files that start well."""
    good_png, good_jpeg = saved(GREY, "PNG"), saved(COLOUR, "JPEG")
    good_webp = saved(COLOUR, "WEBP", lossless=True)
    rows = bytes(29 * 28)
    return {
        "PNG of 65,000 x 65,000": (png(65_000, 65_000), PNG),
        "PNG of 2**31 - 1 squared": (png((1 << 31) - 1, (1 << 31) - 1), PNG),
        "PNG of 2**32 - 1 squared": (png((1 << 32) - 1, (1 << 32) - 1), PNG),
        "PNG of 0 x 28": (png(0, 28), PNG),
        "PNG of 4,194,305 pixels": (png(4_194_305, 1, data=bytes(4_194_306)), PNG),
        "PNG of 1 pixel that claims 65,000 x 1": (png(65_000, 1, data=b"\0\0"), PNG),
        "PNG without data": (SIGNATURE + good_png[8:33] + chunk(b"IEND", b""), PNG),
        "PNG without a header": (SIGNATURE + good_png[33:], PNG),
        "PNG of two headers": (png(28, 28, good_png[8:33], good_png[8:33], data=rows)[:-20], PNG),
        "PNG cut in half": (good_png[: len(good_png) // 2], PNG),
        "PNG signature alone": (SIGNATURE, PNG),
        "PNG with a wrong checksum": (good_png[:40] + b"\0\0\0\0" + good_png[44:], PNG),
        "PNG of depth 3": (png(28, 28, depth=3, data=rows), PNG),
        "PNG of colour type 5": (png(28, 28, colour=5, data=rows), PNG),
        "PNG with a filter of 9": (png(28, 28, data=(b"\x09" + bytes(28)) * 28), PNG),
        "PNG with a chunk of 2 GB": (
            SIGNATURE + good_png[8:33] + struct.pack(">I", (1 << 31) - 1) + b"zTXt" + bytes(99),
            PNG,
        ),
        "JPEG cut in half": (good_jpeg[: len(good_jpeg) // 2], JPEG),
        "JPEG of 65,535 x 65,535": (resized_jpeg(good_jpeg, 65_535, 65_535), JPEG),
        "JPEG of 0 x 0": (resized_jpeg(good_jpeg, 0, 0), JPEG),
        "JPEG marker alone": (b"\xff\xd8\xff", JPEG),
        "JPEG of markers": (b"\xff\xd8" + b"\xff" * 1_000_000, JPEG),
        "JPEG of 1,000,000 segments": (b"\xff\xd8" + b"\xff\xe0\0\x02" * 1_000_000, JPEG),
        "JPEG of junk": (b"\xff\xd8\xff\xe0\0\x02" + bytes(1_000_000), JPEG),
        "PNG of 500,000 chunks": (png(28, 28, chunk(b"prVt", b"") * 500_000), PNG),
        "PNG of 500,000 texts": (png(28, 28, chunk(b"tEXt", b"a\0b") * 500_000), PNG),
        "PNG of 500,000 chunks after its data": (
            png(28, 28)[:-12] + chunk(b"prVt", b"") * 500_000,
            PNG,
        ),
        "JPEG with a segment too long": (b"\xff\xd8\xff\xe1\xff\xff" + bytes(99), JPEG),
        "JPEG of 20,000 scans": (many_scans(20_000), JPEG),
        "WebP cut in half": (good_webp[: len(good_webp) // 2], WEBP),
        "WebP of 16,383 squared": (large_webp(), WEBP),
        "RIFF that is a WAVE": (b"RIFF\x24\0\0\0WAVEfmt " + bytes(99), WEBP),
        "WebP that claims 4 GB": (b"RIFF\xff\xff\xff\xffWEBPVP8L" + bytes(99), WEBP),
        "HTML after a JPEG's first bytes": (b"\xff\xd8\xff<script>alert(1)</script>", JPEG),
        "nothing": (b"", PNG),
        "PNG gzipped": (b"\x1f\x8b\x08\0" + bytes(60), PNG),
    }


def odd() -> dict[str, tuple[bytes, str, str]]:
    """Return files that look like attacks and are images."""
    palette = GREY.convert("P")
    frames = [COLOUR, COLOUR.rotate(90)] * 20
    deep = Image.fromarray(np.full((28, 28), 40_000, np.uint16))
    rows = b"".join(b"\0" + bytes(56) for _ in range(28))
    return {
        "PNG that says it is a JPEG": (saved(GREY, "PNG"), JPEG, "the bytes decide"),
        "PNG with a zip behind it": (saved(GREY, "PNG") + b"PK\x03\x04", PNG, "nothing reads on"),
        "PNG of 16 bits": (saved(deep, "PNG"), PNG, "the upper half of each pixel is read"),
        "PNG of 16 bits with a transparent grey": (
            png(28, 28, chunk(b"tRNS", b"\0\1"), depth=16, data=rows),
            PNG,
            "a grey that is transparent is laid on white",
        ),
        "PNG of 1 bit": (saved(GREY.convert("1"), "PNG"), PNG, "black and white is grey"),
        "PNG of a palette with transparency": (
            saved(palette, "PNG", transparency=bytes(range(256))),
            PNG,
            "laid on white, as the format says",
        ),
        "PNG of a palette of one colour": (
            png(28, 28, chunk(b"PLTE", b"\1\2\3"), colour=3, data=bytes(29 * 28)),
            PNG,
            "a palette may be short",
        ),
        "PNG of grey with alpha": (saved(GREY.convert("LA"), "PNG"), PNG, "laid on white"),
        "PNG, animated": (
            saved(frames[0], "PNG", save_all=True, append_images=frames[1:]),
            PNG,
            "its first frame is the image",
        ),
        "WebP, animated": (
            saved(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
            WEBP,
            "its first frame is the image",
        ),
        "JPEG of CMYK": (saved(COLOUR.convert("CMYK"), "JPEG"), JPEG, "printers' JPEGs are JPEGs"),
        "JPEG, progressive": (saved(COLOUR, "JPEG", progressive=True), JPEG, "ten scans are usual"),
        "JPEG with an orientation of 9": (
            saved(
                COLOUR,
                "JPEG",
                exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\x09\0\0\0" + bytes(4),
            ),
            JPEG,
            "there is none of that number: left as it is",
        ),
        "PNG with text of 100 MB": (
            png(28, 28, compressed_text(100_000_000), data=rows),
            PNG,
            "texts are not read",
        ),
        "PNG with 200 texts of 1 MB": (
            png(28, 28, *[compressed_text(1_000_000)] * 200, data=rows),
            PNG,
            "texts are not read",
        ),
        "PNG with a profile of 100 MB": (
            png(28, 28, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(100_000_000), 9)), data=rows),
            PNG,
            "a profile is not used",
        ),
        "PNG with broken EXIF": (
            png(28, 28, chunk(b"eXIf", b"II*\0" + b"\xff" * 40), data=rows),
            PNG,
            "the pixels are good",
        ),
        "PNG with EXIF that is no TIFF": (
            png(28, 28, chunk(b"eXIf", b"I\0\0\0I\x08\0*"), data=rows),
            PNG,
            "the pixels are good",
        ),
        "PNG with the transparency of a palette after its data": (
            png(28, 28, colour=2, data=bytes(85 * 28))[:-12]
            + chunk(b"IHDR", struct.pack(">IIBBBBB", 28, 28, 8, 3, 0, 0, 0))
            + chunk(b"tRNS", bytes(5))
            + chunk(b"IEND", b""),
            PNG,
            "the first header counts",
        ),
        "JPEG with broken EXIF": (
            saved(COLOUR, "JPEG", exif=b"Exif\0\0II*\0" + b"\xff" * 60_000),
            JPEG,
            "the pixels are good",
        ),
        "PNG of one pixel": (png(1, 1, data=b"\0\0"), PNG, "any size is fitted"),
        "PNG of 4,194,304 x 1": (
            png(4_194_304, 1, data=bytes(4_194_305)),
            PNG,
            "as many pixels as may be, in an odd shape",
        ),
        "PNG of 2,048 x 2,048": (
            png(2048, 2048, data=bytes(2049 * 2048)),
            PNG,
            "a bomb within the bound: 4 kB become 4 MB",
        ),
    }


def resized_jpeg(file: bytes, width: int, height: int) -> bytes:
    """Rewrite what a JPEG says of its size."""
    at = file.index(b"\xff\xc0") + 5
    return file[:at] + struct.pack(">HH", height, width) + file[at + 4 :]


def many_scans(scans: int) -> bytes:
    """Repeat the last scan of a progressive JPEG: each costs a pass over the whole image."""
    picture = Image.new("L", (2048, 2048))
    file = saved(picture, "JPEG", progressive=True)
    last = file.rindex(b"\xff\xda")
    return file[:last] + file[last:-2] * scans + file[-2:]


def large_webp() -> bytes:
    """Write an animated WebP that claims the largest canvas there is."""
    file = bytearray(saved(COLOUR, "WEBP", save_all=True, append_images=[COLOUR.rotate(90)]))
    at = file.index(b"VP8X") + 12
    file[at : at + 6] = (16_382).to_bytes(3, "little") * 2
    return bytes(file)
