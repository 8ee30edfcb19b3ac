"""The guide's vendor, in a folder of its own, is tested as the guide says."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.support import fixture
from tests.unit.test_first_import import PAGE, RECIPE

[TESTS] = re.findall(r"```python\n# test_pcm\.py\n(.*?)```", PAGE, re.DOTALL)
SCENARIO = {
    "id": "j-1",
    "request": "GET /pcm/jobs/j-1",
    "body": fixture.of_job("elastic_path", fixture.load("elastic_path", "pcm_started"), "j-1"),
    "expect": {"state": "running"},
}


@pytest.mark.parametrize(("state", "code"), [("running", 0), ("failed", 1)])
def test_the_guides_tests_pass_where_the_vendor_is_right_and_fail_where_it_is_not(tmp_path, state, code):
    (tmp_path / "pcm").mkdir()
    for path, text in {**RECIPE, "test_pcm.py": TESTS}.items():
        (tmp_path / path).write_text(text)
    (tmp_path / "answers").mkdir()
    answers = {"scenarios": {"started": {**SCENARIO, "expect": {"state": state}}}}
    (tmp_path / "answers" / "pcm.json").write_text(json.dumps(answers))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [*command, "test_pcm.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == code, done.stdout
    assert " passed" in done.stdout
