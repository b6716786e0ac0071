"""The code on the integrations page runs."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "sluicegate" / "integrations" / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_runs(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page_example.py").write_text(block, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    __import__("page_example")
