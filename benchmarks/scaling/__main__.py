"""Plot how cost grows with batch size, clients, image side, latent_dim and number of models.

    python -m benchmarks.scaling [--only AXIS …] [--write]

One picture an axis, in docs/performance/. Needs wrk and the dev environment.
"""

import argparse
import json
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.report import machine, table, write_section
from benchmarks.scaling.axes import AXES, Figures
from tests.service_process import ROOT

RESULTS = ROOT / "runs" / "scaling"
PICTURES = ROOT / "docs" / "performance"


def main() -> None:
    """Measure the axes and draw them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=AXES, default=list(AXES))
    parser.add_argument("--write", action="store_true", help="tables into docs/performance.md")
    options = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    PICTURES.mkdir(exist_ok=True)
    for axis in options.only:
        figures = AXES[axis](RESULTS / "store")
        (RESULTS / f"{axis}.json").write_text(json.dumps(figures))
        _plot(axis, figures)
        print(_table(axis, figures), flush=True)
    if options.write:
        found = [axis for axis in AXES if (RESULTS / f"{axis}.json").exists()]
        write_section("scaling", "\n\n".join(_section(axis) for axis in found))


def _section(axis: str) -> str:
    figures = json.loads((RESULTS / f"{axis}.json").read_text())
    return f"{_table(axis, figures)}\n\n![{axis}](performance/{_picture(axis).name})"


def _picture(axis: str) -> Path:
    return PICTURES / f"{axis.replace(' ', '-').replace('_', '-')}.png"


def _table(axis: str, figures: Figures) -> str:
    heads = list(next(iter(figures.values())))
    rows = []
    for x, found in figures.items():
        values = (found[head] for head in heads)
        rows.append([str(x), *(f"{v:,.2f}" if v < 10 else f"{v:,.0f}" for v in values)])
    return table([axis, *heads], rows)


def _plot(axis: str, figures: Figures) -> None:
    heads = list(next(iter(figures.values())))
    figure = Figure(figsize=(2.6 * len(heads), 2.2), layout="constrained")
    for axes, head in zip(figure.subplots(1, len(heads)), heads, strict=True):
        axes.plot(list(figures), [found[head] for found in figures.values()], marker=".")
        axes.set(xlabel=axis, ylabel=head, ylim=0)
        axes.set_xscale("log", base=2)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(machine(), fontsize=7)
    figure.savefig(_picture(axis), dpi=90)


if __name__ == "__main__":
    main()
