"""The norms of the house, read off the source of every entry."""

import ast
import inspect
from pathlib import Path

import pytest
from tests.catalogue.entries import entry

from neurarium.core import catalogue, units, vocabulary
from neurarium.core.catalogue import PACKAGE

TESTS = PACKAGE.parent.parent / "tests"
SOURCES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted({path.parent for path, _ in catalogue.entry_files() if path.is_relative_to(PACKAGE)})
MANY_PARAMETERS = {"lorenz"}  # may only shrink


def parameters(card):
    """What a user passes: the parameters of a function, or of a constructor."""
    signature = inspect.signature(entry(card)).parameters.values()
    return [p for p in signature if p.name != "self"]


def names(path):
    return [str(path.relative_to(PACKAGE))]


def test_card_is_complete(card):
    assert card.summary.endswith((".", "?"))
    assert len(card.summary) <= 120
    assert card.paper == "" or card.paper.split(":")[0] in ("arxiv", "doi")
    assert all(tag == tag.lower() for tag in card.tags)


def test_every_card_read_by_ast_is_what_python_sees(card):
    if card.kind != "study":
        says = entry(card).__card__
        assert (says["kind"], says["summary"], says["paper"]) == (card.kind, card.summary, card.paper)


def test_options_are_few_and_by_keyword(card):
    if card.kind == "study":
        pytest.skip("a study takes no parameters")
    by_keyword = [p for p in parameters(card) if p.kind is p.KEYWORD_ONLY]
    assert len(by_keyword) <= 8 or card.name in MANY_PARAMETERS
    if inspect.isclass(entry(card)):
        assert len(by_keyword) == len(parameters(card)), "constructors take keywords only"


def test_parameters_are_in_the_vocabulary_and_carry_their_unit(card):
    if card.kind == "study":
        pytest.skip("a study takes no parameters")
    for p in parameters(card):
        assert p.name in vocabulary.PARAMETERS, f"add {p.name!r} to core/parameters.txt, or use the word that is there"
        assert not units.missing_suffix(p.name), f"{p.name!r} needs its unit, e.g. {p.name}_ms"


def test_vocabulary_has_no_dead_words():
    used = set()
    for card in catalogue.cards():
        if card.kind != "study" and card.path.is_relative_to(PACKAGE):
            used |= {p.name for p in parameters(card)}
    assert set(vocabulary.PARAMETERS) <= used, f"no entry uses {sorted(set(vocabulary.PARAMETERS) - used)}"


def test_rng_has_no_default(card):
    if card.kind != "study":
        assert all(p.default is p.empty for p in parameters(card) if p.name == "rng")


def test_docstring_says_what_it_is_in_few_lines_with_an_example(card):
    if card.kind == "study":
        pytest.skip("a study speaks through its claims")
    text = inspect.getdoc(entry(card))
    assert text
    assert len([line for line in text.splitlines() if line.strip()]) <= 25, "at most 25 lines of text"
    assert ">>>" in text
    assert card.paper == "" or "Paper" in text or card.paper.split(":")[1] in text


def test_entry_has_a_test_and_is_exported(card):
    if card.kind == "study":
        pytest.skip("studies are tested by test_studies.py and imported by nobody")
    assert (TESTS / card.room / f"test_{card.path.stem}.py").is_file()
    exports = (card.path.parent / "__init__.py").read_text()
    assert f"import {card.symbol} as {card.symbol}" in exports


@pytest.mark.parametrize("room", ROOMS, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_room_says_what_belongs_there(room):
    assert ast.get_docstring(ast.parse((room / "__init__.py").read_text()))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_and_functions_are_small(path):
    tree = ast.parse(path.read_text())
    lines = len(path.read_text().splitlines())
    assert path.name != "utils.py"
    assert lines <= (150 if "studies" in path.parts and not path.stem.startswith("_") else 300)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (node.end_lineno - body[0].lineno + 1) if body else 0
            assert length <= 40, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_loop_indexes_time(path):
    """``x[t]`` in a loop over time makes the backward pass quadratic; ``core.unroll`` does not."""
    assert [] == time_indexing(path.read_text())


def time_indexing(source):
    """Lines where a loop variable over steps is used as the first index of a tensor that is read."""
    found = []
    for loop in ast.walk(ast.parse(source)):
        if not (isinstance(loop, ast.For) and isinstance(loop.target, ast.Name) and "range(" in ast.unparse(loop.iter)):
            continue
        if loop.target.id not in ("t", "time", "step", "i_step", "k_step"):
            continue
        for node in ast.walk(loop):
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                first = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
                if isinstance(first, ast.Name) and first.id == loop.target.id:
                    found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


def test_the_time_lint_sees_the_pattern():
    assert time_indexing("for t in range(5):\n    y = x[t] + x[t, 0]\n    out[t] = y")
    assert not time_indexing("for x_t in x.unbind(0):\n    y = x_t")


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nothing_is_unpickled_or_evaluated(path):
    calls = [ast.unparse(n.func) for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
    banned = {"eval", "exec", "pickle.load", "pickle.loads", "torch.load", "np.load", "yaml.load", "joblib.load"}
    assert banned.isdisjoint(calls)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_global_randomness(path):
    text = Path(path).read_text()
    for call in ("torch.manual_seed(", "np.random.seed(", "np.random.rand", "random.seed("):
        assert call not in text.replace("Generator().manual_seed(", "")


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_part_subclasses_a_concrete_part(path):
    rooms = path.relative_to(PACKAGE).parts[0]
    if rooms in ("core", "engine", "studies") or path.parent == PACKAGE:
        pytest.skip("not a room of parts")
    known = {card.symbol for card in catalogue.cards("part")}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef):
            bases = {ast.unparse(b).split("[")[0] for b in node.bases}
            assert not bases & known
