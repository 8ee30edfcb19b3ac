"""A clean virtual environment with the wheel in it, and a directory from where the source is out of reach."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.matrix.cell import ROOT, Cell
from tests.matrix.wheel import Wheel

TESTS = ("tests", "lab", "example_dags", "docs", "pyproject.toml", "README.md")
"""What of the source tree the tests need: not the package."""
INSTALLED = """
from importlib.metadata import version
from importlib.util import find_spec
print(version("apache-airflow"), find_spec("airflow_jobstatus").origin)
"""


class Environment:
    """A virtual environment for a set of versions.

    :param directory: Where to make it; what is there is removed.
    :param cell: The set of versions.
    """

    def __init__(self, directory: Path, cell: Cell) -> None:
        self._cell = cell
        self._work = directory / "tests"
        self._venv = directory / "venv"
        self._python = self._venv / "bin" / "python"
        shutil.rmtree(directory, ignore_errors=True)
        self._work.mkdir(parents=True)
        for name in TESTS:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, self._work / name)

    def install(self, wheel: Wheel) -> str:
        """Install a wheel with what its tests need; give Airflow's version.

        :param wheel: The wheel.
        """
        versions = self._work / "constraints.txt"
        versions.write_text(self._cell.versions(wheel.needs))
        self._run([sys.executable, "-m", "venv", "--without-pip", str(self._venv)])
        self._run(
            [
                *(sys.executable, "-m", "pip", "--python", str(self._python), "install", "-qq"),
                *("--disable-pip-version-check", "--constraint", str(versions)),
                *("--group", f"{ROOT / 'pyproject.toml'}:test", str(wheel.path)),
            ]
        )
        said = self._run([str(self._python), "-c", INSTALLED], capture=True)
        version, where = said.strip().split(maxsplit=1)
        if not Path(where).is_relative_to(self._venv):
            raise RuntimeError(f"the tests would see {where}, not the wheel")
        return version

    def test(self, *arguments: str) -> bool:
        """Run tests; give whether all went well.

        :param arguments: Arguments of pytest.
        """
        warnings = [] if self._cell.strict else ["-W", "default", "--disable-warnings"]
        command = [str(self._python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *warnings, *arguments]
        return subprocess.run(command, cwd=self._work, env=_surroundings(), check=False).returncode == 0

    def _run(self, command: list[str], *, capture: bool = False) -> str:
        output = subprocess.PIPE if capture else None
        done = subprocess.run(
            command, cwd=self._work, env=_surroundings(), check=True, text=True, stdout=output
        )
        return done.stdout.splitlines()[-1] if capture else ""


def _surroundings() -> dict[str, str]:
    """Give the environment without what would let the source tree, or another Airflow, in."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHONPATH", "AIRFLOW", "_AIRFLOW", "VIRTUAL_ENV"))
    }
