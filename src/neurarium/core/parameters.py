"""What each public parameter means, a line each in ``parameters.txt``; ``vocabulary.py`` tells the rule."""

from __future__ import annotations

from pathlib import Path

LIST = Path(__file__).with_suffix(".txt")
PARAMETERS: dict[str, str] = dict(line.split(": ", 1) for line in LIST.read_text(encoding="utf-8").splitlines())
