"""metadata.csv and metadata.jsonl beside images, as Hugging Face's imagefolder has them."""

import csv
import io
import json
import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from models.items import MOST_COLUMNS
from training.errors import DataUnreadable
from training.sources.folder_files import FoundFile
from training.sources.split_words import find_split, is_tested

FILE_NAME: Final = "file_name"
SPLIT: Final = "split"
LABELS: Final = ("label", "labels", "class", "category", "target")  # the first that is there
LONGEST_NAME: Final = 100  # letters of a column's name
NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")  # letters that no file or answer can carry
UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"
Row = Mapping[str, str]


@dataclass(frozen=True)
class Metadata:
    """What tables say of the image files below a folder."""

    rows: Mapping[PurePosixPath, Row]
    """The columns of each file that a table names, without `file_name`."""
    columns: tuple[str, ...]
    """Columns in the tables' order, at most `MOST_COLUMNS`."""
    label: str | None
    """The column that names the classes; none if there is no such."""
    tested: Mapping[str, bool]
    """Whether an image is tested on, by its word in the column `split`; empty without a split."""
    notes: tuple[str, ...]
    """What was read, and which rows were not used."""


def read_metadata(tables: Sequence[FoundFile], images: Iterable[PurePosixPath]) -> Metadata:
    """Read all tables; a `file_name` is relative to its table's folder.

    Raises:
        DataUnreadable: A table is broken.
    """
    known = set(images)
    rows: dict[PurePosixPath, Row] = {}
    notes: list[str] = []
    left_out: set[str] = set()
    for table in tables:
        read = _keep_first(_read(table.path), left_out)
        if not any(row.get(FILE_NAME) for row in read):
            notes.append(f"passed over: {table.name} (it has no column {FILE_NAME})")
            continue
        named = [(_file(table.name.parent, row), row) for row in read]
        used = {name: row for name, row in reversed(named) if name in known}
        rows |= {
            name: {k: v for k, v in row.items() if k != FILE_NAME} for name, row in used.items()
        }
        notes.append(f"columns from {table.name}{_say_unused(named, used, len(known))}")
    columns = tuple(dict.fromkeys(name for row in reversed(rows.values()) for name in row))
    left_out.update(columns[MOST_COLUMNS:])
    if left_out:
        notes.append(
            f"the first {MOST_COLUMNS} columns are kept and {len(left_out):,} left out, as "
            f"{min(left_out)}"
        )
    lower = {name.casefold(): name for name in reversed(columns)}
    label = next((lower[name] for name in LABELS if name in lower), None)
    if label:
        notes.append(f"classes from the column {label}")
    sides = find_split({rows.get(name, {}).get(SPLIT, "") for name in known})
    tested = {word: is_tested(side, sides.values()) for word, side in sides.items()}
    if tested:
        on = " and ".join(word for word, is_on in tested.items() if is_on)
        notes.append(f"the split from the column {SPLIT}, tested on {on}")
    return Metadata(rows, columns[:MOST_COLUMNS], label, tested, tuple(notes))


def _file(folder: PurePosixPath, row: Row) -> PurePosixPath:
    name = unicodedata.normalize("NFC", row.get(FILE_NAME, "")).replace("\\", "/")
    return PurePosixPath(posixpath.normpath(folder / name))


def _say_unused(
    named: Sequence[tuple[PurePosixPath, Row]], used: Mapping[PurePosixPath, Row], images: int
) -> str:
    strange = [name.as_posix() for name, _ in named if name not in used]
    counts = {
        f"rows that name no image here, as {min(strange, default='')}": len(strange),
        "rows for an image that had one, left out": sum(name in used for name, _ in named)
        - len(used),
        "images without a row": images - len(used),
    }
    said = [f"{count:,} {what}" for what, count in counts.items() if count]
    return f" ({', '.join(said)})" if said else ""


def _keep_first(rows: Iterable[Row], left_out: set[str]) -> list[Row]:
    """Keep the first columns, and those with a meaning; add the others to `left_out`."""
    kept: set[str] = set()

    def keep(name: str) -> bool:
        if name not in kept and name not in left_out:
            meant = name.casefold() in {FILE_NAME, SPLIT, *LABELS}
            (kept if meant or len(kept) <= MOST_COLUMNS else left_out).add(name)
        return name in kept

    return [{name: value for name, value in row.items() if keep(name)} for row in rows]


def _read(path: Path) -> Iterator[Row]:
    try:
        body = path.read_bytes()
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = body.decode("cp1252")  # as spreadsheets save it
        yield from _read_lines(text) if path.suffix.lower() == ".jsonl" else _read_csv(text)
    except (OSError, ValueError, csv.Error) as error:
        message = f"{path}: cannot be read: {error}; mend it, or rename it to train without it"
        raise DataUnreadable(message) from error


def _read_csv(text: str) -> Iterator[Row]:
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = _tidy_names(next(reader, []))
    for cells in filter(None, reader):
        filled = [*cells, *[""] * (len(names) - len(cells))]
        yield {name: _text(cell) for name, cell in zip(names, filled, strict=False)}


def _read_lines(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise ValueError(f"line {number} is no JSON ({error})") from error
        if not isinstance(row, dict):
            raise ValueError(f"line {number} is no JSON object")  # noqa: TRY004 - of the file
        yield dict(zip(_tidy_names(row), map(_text, row.values()), strict=True))


def _tidy_names(names: Iterable[str]) -> list[str]:
    """Return names of one line, not long and not empty; those that are equal are numbered."""
    found: dict[str, None] = {}
    for name in names:
        short = " ".join(NO_TEXT.sub(UNKNOWN, name).split())[:LONGEST_NAME]
        numbered, count = short or "unnamed", 1
        while numbered in found:
            count += 1
            numbered = f"{short or 'unnamed'} {count}"
        found[numbered] = None
    return list(found)


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return NO_TEXT.sub(UNKNOWN, text)
