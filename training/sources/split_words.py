"""Names that say which side of a split they are: `train`, `Testing`, `seg_val`, `x_train`."""

import re
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

Side = Literal["train", "test", "val"]
WORDS: Final = re.compile(
    r"(?<![a-z])(?:(?P<train>train(?:ing)?)|(?P<test>test(?:ing)?)|"
    r"(?P<val>val(?:id(?:ation)?)?|dev))(?:set)?(?![a-z])"
)
BEFORE_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class SplitWord(NamedTuple):
    """What a name says."""

    side: Side
    rest: str
    """The name's other letters; names of one split share them."""


def split_word(name: str) -> SplitWord | None:
    """Find the word for a side in a name, in any case; none if there is none, or several."""
    text = BEFORE_CAPITAL.sub("_", name).casefold()
    found = list(WORDS.finditer(text))
    if len(found) != 1:
        return None
    side: Side = found[0].lastgroup  # type: ignore[assignment] # the groups are the sides
    rest = text[: found[0].start()] + " " + text[found[0].end() :]
    return SplitWord(side, " ".join(re.findall(r"[^\W\d_]+", rest)))


def find_split(names: Iterable[str]) -> dict[str, Side]:
    """Return the names that make a split and their sides, of names that stand beside each other.

    A split is `train` with `test` or `val`, in any spelling that `split_word` knows, and with the
    same other letters: `seg_train` and `seg_test`. Without one, nothing is returned.
    """
    alike: dict[str, dict[str, Side]] = {}
    for name in names:
        if word := split_word(name):
            alike.setdefault(word.rest, {})[name] = word.side
    splits = [
        sides
        for sides in alike.values()
        if "train" in sides.values() and len({*sides.values()}) > 1
    ]
    return max(splits, key=len, default={})


def is_tested(side: Side, sides: Iterable[Side]) -> bool:
    """Say whether a side is tested on: `test` is, and `val` where there is no `test`."""
    return side == "test" or (side == "val" and "test" not in sides)
