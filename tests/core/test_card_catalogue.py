"""Cards are read from files, by path, without importing anything."""

import subprocess
import sys

import pytest

from neurarium.core.card import measure, part, task
from neurarium.core.catalogue import PACKAGE, CardError, cards, entry_files, find, literal, read_card
from neurarium.core.errors import UnknownNameError

PART = '''"""A neuron."""

import no_such_module  # never imported: only read

from neurarium.core.card import part

HELP = 3


@part(
    summary="A neuron.",
    paper="arxiv:1803.09574",
    tags=("spiking", "adaptive"),
    reduces_to={"LIF": dict(beta=0.0)},
    example=dict(n=HELP, shape=(1, 2)),
)
class BigNeuron:
    pass
'''
STUDY = '''"""Does it remember?

More words.
"""

from neurarium.engine import Study

study = Study(paper="doi:10.1/x", conditions={"a": dict(x=1)}, tags=("memory",), covers=("other-row",))


@study.claim("It remembers 10 points better.", margin_reason="half of the paper's")
def it_remembers(r):
    return 1


@study.claim("And stays.", margin_reason="none", covers=("other-row",))
def it_stays(r):
    return 1
'''


@pytest.fixture
def rooms(tmp_path, monkeypatch):
    files = {
        "neurons/big_neuron.py": PART,
        "neurons/_helper.py": "1 / 0\n",
        "neurons/__init__.py": "",
        "neurons/_private/hidden.py": PART,
        "nets/deep/net.py": PART.replace("@part", "@card.part").replace("BigNeuron", "Net"),
        "studies/neurons/big_memory.py": STUDY,
        "core/not_a_room.py": PART,
        "setup.py": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setenv("NEURARIUM_PATH", str(tmp_path))
    monkeypatch.setenv("NEURARIUM_CACHE", str(tmp_path / ".cache"))
    return tmp_path


def test_what_is_an_entry_and_what_is_not(rooms):
    found = {(str(p.relative_to(rooms)), room) for p, room in entry_files() if p.is_relative_to(rooms)}
    assert found == {
        ("neurons/big_neuron.py", "neurons"),
        ("nets/deep/net.py", "nets/deep"),
        ("studies/neurons/big_memory.py", "studies/neurons"),
    }


def test_the_card_of_a_part(rooms):
    card = find("big-neuron")
    assert (card.name, card.kind, card.room, card.symbol) == ("big-neuron", "part", "neurons", "BigNeuron")
    assert (card.summary, card.paper, card.tags) == ("A neuron.", "arxiv:1803.09574", ("spiking", "adaptive"))
    assert card.more["reduces_to"] == {"LIF": {"beta": 0.0}}
    assert card.more["example"] == {"n": "HELP", "shape": (1, 2)}  # what is no literal stays as text
    assert card.module == "neurarium.neurons.big_neuron"
    assert find("net").module == "neurarium.nets.deep.net"


def test_the_card_of_a_study(rooms):
    card = find("big-memory", "study")
    assert (card.kind, card.room, card.symbol) == ("study", "neurons", "study")
    assert card.summary == "Does it remember?"
    assert card.module == "neurarium.studies.neurons.big_memory"
    assert [c["name"] for c in card.more["claims"]] == ["it_remembers", "it_stays"]
    assert card.more["claims"][0]["text"] == "It remembers 10 points better."
    assert card.more["claims"][1]["covers"] == ("other-row",)
    assert card.more["conditions"] == {"a": {"x": 1}}


@pytest.mark.parametrize("name", ["big-neuron", "big_neuron", "BigNeuron", "BIGNEURON"])
def test_one_name_in_every_spelling(rooms, name):
    assert find(name).symbol == "BigNeuron"
    assert find(name, "part").symbol == "BigNeuron"


def test_a_row_that_a_study_covers_finds_that_study(rooms):
    assert find("other-row").name == "big-memory"


@pytest.mark.parametrize(("name", "kind"), [("big-neurn", None), ("big-neurons", "part"), ("big_memry", "study")])
def test_did_you_mean(rooms, name, kind):
    with pytest.raises(UnknownNameError, match=r"Did you mean 'big-(neuron|memory)'") as error:
        find(name, kind)
    assert "`neurarium list` shows them all." in str(error.value)


def test_a_study_is_no_part_and_a_part_no_study(rooms):
    with pytest.raises(UnknownNameError):
        find("big-neuron", "study")
    with pytest.raises(UnknownNameError):
        find("big-memory", "part")


def test_cards_come_in_order_and_by_kind(rooms):
    ours = [c for c in cards() if c.path.is_relative_to(rooms)]
    assert [(c.kind, c.name) for c in ours] == [("part", "net"), ("part", "big-neuron"), ("study", "big-memory")]
    assert {c.kind for c in cards("study")} == {"study"}
    assert cards() == cards()  # read from the cache, they are the same


def test_a_card_that_changed_is_read_again(rooms):
    assert find("big-neuron").summary == "A neuron."
    cards()
    path = rooms / "neurons" / "big_neuron.py"
    path.write_text(PART.replace("A neuron.", "Another one."))
    assert next(c for c in cards("part") if c.name == "big-neuron").summary == "Another one."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(:\n", "cannot be read as Python"),
        ("x = 1\n", "no @part, @task or @measure"),
        ("class A:\n    pass\n", "no @part, @task or @measure"),
    ],
)
def test_a_file_without_a_card_is_named(rooms, text, message):
    path = rooms / "neurons" / "broken.py"
    path.write_text(text)
    with pytest.raises(CardError, match=message) as error:
        read_card(path, "neurons")
    assert str(path) in str(error.value)
    assert find("big-neuron").name == "big-neuron"  # a broken file breaks only itself


def test_a_study_file_without_a_study(rooms):
    path = rooms / "studies" / "neurons" / "empty.py"
    path.write_text("x = 1\n")
    with pytest.raises(CardError, match="no `study = Study"):
        read_card(path, "studies/neurons")


def test_what_is_not_text_is_named(rooms):
    path = rooms / "neurons" / "binary.py"
    path.write_bytes(b"\xff\xfe\x00\x00")
    with pytest.raises(CardError, match=r"binary\.py"):
        read_card(path, "neurons")


def test_reading_every_card_imports_no_torch(rooms):
    script = (
        "import sys; from neurarium.core.catalogue import cards, find; print(len(cards()), find('big-neuron').name);"
    )
    script += "heavy = {'torch', 'numpy', 'pandas', 'scipy'} & set(sys.modules); assert not heavy, heavy"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) >= 3


def test_the_decorators_attach_the_same_card_that_is_read(rooms):
    @part(summary="S.", tags=("a",), example={"n": 1})
    class A:
        pass

    @task(summary="S.", source="real")
    class B:
        pass

    @measure(summary="S.", level="behaviour", is_metric=True)
    def c():
        pass

    assert A.__card__ == {"kind": "part", "summary": "S.", "paper": "", "tags": ("a",), "example": {"n": 1}}
    assert B.__card__["source"] == "real"
    assert c.__card__["level"] == "behaviour"
    assert c.__card__["is_metric"] is True


def test_literals():
    import ast

    for text, value in {
        "dict(a=1, b=(2, [3]))": {"a": 1, "b": (2, (3,))},
        "{'a': {'b': -1.5}}": {"a": {"b": -1.5}},
        "np.pi": "np.pi",
        "dict(pairs)": "dict(pairs)",
        "{**a, 'b': 1}": "{**a, 'b': 1}",
        "None": None,
    }.items():
        assert literal(ast.parse(text, mode="eval").body) == value


def test_the_package_itself_is_the_first_root():
    assert all(path.is_relative_to(PACKAGE) for path, _ in entry_files())
