"""Unpacks Debian's packages without installing them: no root, no service that starts."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path


def unpack(packages: Sequence[str], into: Path) -> None:
    """Download packages and unpack them; no package that they depend on comes along.

    :param packages: Their names.
    :param into: The directory, made here; where it is there nothing is done.
    :raises RuntimeError: if they cannot be had, with the reason.
    """
    if into.exists():
        return
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise RuntimeError(f"no apt-get and dpkg to unpack {', '.join(packages)} with")
    half_done = into.with_name(f"{into.name}.half-done")
    shutil.rmtree(half_done, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="jobstatus-packages-") as directory:
        folder = Path(directory)
        try:
            _run(["apt-get", "download", *packages], folder)
        except RuntimeError:  # there are no lists of packages, or they are old
            apt_get = ["apt-get", *_own_lists(folder)]
            _run([*apt_get, "update"], folder)
            _run([*apt_get, "download", *packages], folder)
        for package in folder.glob("*.deb"):
            _run(["dpkg", "-x", str(package), str(half_done)], folder)
    half_done.rename(into)


def _own_lists(folder: Path) -> list[str]:
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    options = {
        "Dir::State": folder / "state",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",  # its own user may not write here
    }
    return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(  # noqa: S603  Debian's own
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr.strip()}")
