"""The shell of every page: one file that asks no network for anything, and of whose scripts only its own may run."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from neurarium.engine._report.figures import Figure

PIECES = Path(__file__).parent


def render(template: Path, figures: Sequence[Figure], **says: Any) -> str:
    """The page of `template`, which may use the macros, the style and the script that lie beside this file.

    Args:
        template: file of the page.
        figures: its drawings, each with a chooser and tables.
        says: whatever else the template names; text is escaped.
    """
    plotly, js = get_plotlyjs(), (PIECES / "page.js").read_text(encoding="utf-8")
    pieces = Environment(
        loader=FileSystemLoader([template.parent, PIECES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return pieces.get_template(template.name).render(
        **says,
        figures=figures,
        plots={f.name: [v.plot for v in f.views] for f in figures},
        policy=_policy(plotly, js),
        css=Markup((PIECES / "style.css").read_text(encoding="utf-8")),
        plotly=Markup(plotly),
        js=Markup(js),
    )


def _policy(*scripts: str) -> str:
    """Nothing is fetched; of the scripts only these run, even if a name slipped through unescaped."""
    digests = (base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts)
    allowed = " ".join(f"'sha256-{d}'" for d in digests)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:"
