"""One set of versions that the wheel is tested with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
AIRFLOW = "apache-airflow"
FOLLOWERS = ("apache-airflow-providers-", "multidict", "selenium")
"""How the names begin of what has to be older too where common-compat, aiohttp or certifi is."""


@dataclass(frozen=True)
class Cell:
    """A set of versions.

    :param name: Airflow's version, or ``lowest``.
    :param constraints: The name of the file with the versions.
    :param lowest: Whether our own dependencies are taken at the lowest version that we allow instead; but
        Airflow at its newest patch, for 3.1.0 does not run with the libraries of later months.
    :param strict: Whether a warning fails a test: older releases warn of what newer libraries left behind.
    """

    name: str
    constraints: str
    lowest: bool = False
    strict: bool = False

    def versions(self, needed: Iterable[Requirement]) -> str:
        """Give the constraints for an installer.

        :param needed: Our own dependencies.
        """
        text = (ROOT / self.constraints).read_text()
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        if not self.lowest:
            return "\n".join(lines)
        names = {canonicalize_name(requirement.name): requirement for requirement in needed}
        pins = {name: _lowest(requirement) for name, requirement in names.items() if name != AIRFLOW}
        kept = [line for line in lines if _name(line) not in pins and not _name(line).startswith(FOLLOWERS)]
        return "\n".join([*kept, *(f"{name}=={version}" for name, version in pins.items())])


CELLS = {
    cell.name: cell
    for cell in (
        Cell("lowest", "constraints-3.1.txt", lowest=True),
        Cell("3.1", "constraints-3.1.txt"),
        Cell("3.2", "constraints-3.2.txt"),
        Cell("3.3", "constraints.txt", strict=True),
    )
}


def _name(line: str) -> str:
    return canonicalize_name(Requirement(line).name)


def _lowest(requirement: Requirement) -> str:
    [version] = [one.version for one in requirement.specifier if one.operator == ">="]
    return version
