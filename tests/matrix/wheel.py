"""The wheel of the source tree."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

from packaging.requirements import Requirement

from tests.matrix.cell import ROOT


class Wheel:
    """A wheel that is built from the source tree.

    :param directory: Where to put it.
    """

    def __init__(self, directory: Path) -> None:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        [self.path] = directory.glob("*.whl")

    @property
    def needs(self) -> list[Requirement]:
        """What it depends on; extras aside, whose packages the tests bring in versions of their own."""
        with zipfile.ZipFile(self.path) as archive:
            [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
            metadata = Parser().parsestr(archive.read(name).decode())
        requirements = map(Requirement, metadata.get_all("Requires-Dist", []))
        return [each for each in requirements if each.marker is None or each.marker.evaluate({"extra": ""})]
