"""A row of bar charts that share their bars' names, as PNG and SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path


def draw(  # noqa: PLR0913  what is drawn, where, and how large
    shown: Mapping[str, Sequence[float]],
    names: Sequence[str],
    colours: Sequence[str],
    path: Path,
    *,
    size: tuple[float, float],
    label: str,
) -> None:
    """Draw a panel for each figure, with a bar for each name.

    :param shown: The values by their panel's title.
    :param names: What the bars are of, the first on top.
    :param colours: A colour for each.
    :param path: Where the pictures go, without a suffix.
    :param size: Width and height in inches.
    :param label: How a value is written beside its bar, such as ``%.2g``.
    :raises ImportError: if there is no matplotlib.
    """
    import matplotlib as mpl  # noqa: PLC0415  the figures can be had without it
    from matplotlib import pyplot as plt  # noqa: PLC0415

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "benchmarks"
    figure, panels = plt.subplots(1, len(shown), figsize=size, sharey=True)
    for axes, (title, values) in zip(panels, shown.items(), strict=True):
        bars = axes.barh(names, values, color=colours)
        axes.bar_label(bars, fmt=label, padding=3)
        axes.set_title(title, fontsize=9)
        axes.set_xlim(0, max(values) * 1.2 or 1)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].invert_yaxis()
    figure.tight_layout()
    for suffix in ("png", "svg"):
        metadata = {"Date": None} if suffix == "svg" else None
        figure.savefig(path.with_suffix(f".{suffix}"), dpi=150, metadata=metadata)
    plt.close(figure)
