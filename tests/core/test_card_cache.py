import json
from pathlib import Path

import pytest

from neurarium.core import _card_cache, catalogue
from neurarium.core._card_cache import CardCache

ENTRY = """
from neurarium.core import part

@part(summary="{summary}", tags=("a", "b"), reduces_to={{"LIF": dict(beta=0.0)}}, example=dict(sizes=(2, 3), x=[1]))
class Odd:
    pass
"""


@pytest.fixture
def room(tmp_path, monkeypatch):
    folder = tmp_path / "lab" / "neurons"
    folder.mkdir(parents=True)
    (folder / "odd.py").write_text(ENTRY.format(summary="First."))
    monkeypatch.setenv("NEURARIUM_PATH", str(tmp_path / "lab"))
    monkeypatch.setenv("NEURARIUM_CACHE", str(tmp_path / "cache"))
    return folder


def odd():
    (card,) = [c for c in catalogue.cards_found() if c.name == "odd"]
    return card


def unread(path, room=None):
    raise AssertionError(f"{path} was parsed again")


def test_a_card_from_the_cache_is_the_card(room, monkeypatch):
    first = odd()
    assert first.more["example"] == {"sizes": (2, 3), "x": (1,)}
    monkeypatch.setattr(catalogue, "read_card", unread)
    assert odd() == first


def test_a_file_that_changed_is_read_again(room):
    odd()
    (room / "odd.py").write_text(ENTRY.format(summary="Second."))
    assert odd().summary == "Second."


def test_a_changed_reader_throws_the_cache_away(room, monkeypatch, tmp_path):
    odd()
    reader = tmp_path / "reader.py"
    reader.touch()
    monkeypatch.setattr(_card_cache, "READER", reader)
    monkeypatch.setattr(catalogue, "read_card", unread)
    with pytest.raises(AssertionError, match="parsed again"):
        odd()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"maker": 1}', '{"maker": 1, "cards": 2}'])
def test_an_unreadable_cache_is_ignored_and_replaced(room, tmp_path, content):
    first = odd()
    cache = tmp_path / "cache" / "cards.json"
    cache.write_text(content)
    assert odd() == first
    assert str(room / "odd.py") in json.loads(cache.read_text())["cards"]


def test_damaged_cards_inside_a_whole_cache_are_read_again(room, tmp_path):
    first = odd()
    cache = tmp_path / "cache" / "cards.json"
    kept = json.loads(cache.read_text())
    kept["cards"][str(room / "odd.py")]["card"] = {"name": "odd"}
    cache.write_text(json.dumps(kept))
    assert odd() == first


def test_a_cache_that_cannot_be_written_changes_nothing(room, monkeypatch):
    monkeypatch.setenv("NEURARIUM_CACHE", "/dev/null/cache")
    assert odd().summary == "First."


def test_files_that_are_gone_are_forgotten(room, tmp_path):
    odd()
    (room / "odd.py").rename(room / "even.py")
    catalogue.cards_found()
    names = [Path(name).name for name in json.loads((tmp_path / "cache" / "cards.json").read_text())["cards"]]
    assert "even.py" in names
    assert "odd.py" not in names


def test_what_json_cannot_give_back_is_not_kept(room, tmp_path):
    card = catalogue.read_card(room / "odd.py", "neurons")
    cache = CardCache(tmp_path / "other.json")
    cache.put(card.path, "neurons", type(card)(**{**vars(card), "more": {"example": {1: "one"}}}))
    assert cache.get(card.path, "neurons") is None
