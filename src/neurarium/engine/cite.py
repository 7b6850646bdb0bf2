"""The paper of an entry as BibTeX, made from its card alone: no network."""

from __future__ import annotations

import re

from neurarium.core.card import Card
from neurarium.core.errors import NeurariumError

_SPECIAL = re.compile(r"([&%$#_{}])")


def bibtex(card: Card) -> str:
    """A ``@misc`` entry with the paper's identifier; managers such as Zotero fill in the rest from it.

    Raises:
        NeurariumError: when the card names no paper, or not as ``arxiv:...`` or ``doi:...``.

    Example:
        >>> from pathlib import Path
        >>> card = Card("alif", "part", "neurons", "ALIF", Path("alif.py"), "Adaptive neuron.", "arxiv:1803.09574")
        >>> print(bibtex(card))
        @misc{alif,
          eprint = {1803.09574},
          archivePrefix = {arXiv},
          url = {https://arxiv.org/abs/1803.09574},
          note = {Adaptive neuron.}
        }
    """
    kind, _, number = card.paper.partition(":")
    if kind == "arxiv" and number:
        fields = {"eprint": number, "archivePrefix": "arXiv", "url": f"https://arxiv.org/abs/{number}"}
    elif kind == "doi" and number:
        fields = {"doi": number, "url": f"https://doi.org/{number}"}
    else:
        says = f"its card says {card.paper!r}" if card.paper else "its card names none"
        raise NeurariumError(f"{card.name}: no paper to cite, {says}. A card takes arxiv:... or doi:...")
    title = card.more.get("title")
    about = card.more.get("question") or card.summary
    fields |= {"title": _escaped(title)} if title else {"note": _escaped(about)} if about else {}
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{card.name},\n{body}\n}}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text.replace("\\", " ").replace("``", "").replace("`", ""))
