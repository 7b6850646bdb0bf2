import json
import re
import resource
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from typer.testing import CliRunner

from neurarium import __version__
from neurarium.cli import app

TOY = '''
"""Does more signal give more right answers?"""

import torch

from neurarium.engine import Gate, Study
from neurarium.neurons import LIF

study = Study(
    paper="arxiv:1803.09574",
    tags=("toy-tag",),
    conditions={
        "strong": dict(signal=2.0, n_fail=0),
        "weak": dict(signal=0.5, n_fail=0),
        "none": dict(signal=0.0, n_fail=0),
    },
    baseline="weak",
    controls=("none",),
    seeds={"quick": 4, "full": 8},
    scales={"micro": dict(n=50), "quick": dict(n=200), "full": {}},
    gate=Gate("accuracy", 0.4),
    deviations=("no animal",),
)


@study.run
def trial(rng, scale, *, signal, n_fail):
    print("a line of the log")
    if rng.seed < n_fail:
        raise RuntimeError("told to fail")
    x = torch.randn(scale.n, generator=rng("noise"))
    return {"accuracy": (x + signal > 0).double().mean().item()}


@study.claim("Strong beats weak by 10 points.", margin_reason="ten is a round number")
def strong_wins(r):
    return r["strong", "accuracy"].exceeds(r["weak", "accuracy"], by=0.10)


@study.claim("Without a signal answers are guesses.", margin_reason="chance is one half")
def none_is_chance(r):
    return r["none", "accuracy"].at_most(0.4)
'''


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder of $NEURARIUM_PATH with one study; the current directory is beside it."""
    room = tmp_path / "lab" / "studies" / "neurons"
    room.mkdir(parents=True)
    (room / "toy.py").write_text(textwrap.dedent(TOY))
    monkeypatch.setenv("NEURARIUM_PATH", str(tmp_path / "lab"))
    monkeypatch.setenv("NEURARIUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*words, code=0):
    done = CliRunner().invoke(app, [str(w) for w in words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def refused(*words):
    """The one line on stderr of a call that the user must mend."""
    done = call(*words, code=2)
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_version():
    assert call("--version").stdout == f"neurarium {__version__}\n"


@pytest.mark.parametrize(
    "verb",
    ["run", "rows", "list", "show", "report", "cite", "new part", "new study", "ledger update", "ledger check"],
)
def test_every_verb_has_help_with_an_example_that_names_its_own_verb(verb):
    text = call(*verb.split(), "--help").stdout
    assert f"Example: neurarium {verb}" in text


def test_run_shows_progress_verdicts_and_report(home):
    done = call("run", "toy", "--jobs", 0)
    assert "[12/12] none, seed 3: done" in done.stderr
    shown = done.stdout
    assert re.search(r"HOLDS\s+strong_wins \(primary\)", shown)
    assert re.search(r"DOES NOT HOLD\s+none_is_chance", shown)
    assert re.search(r"effect\s+\d\d\.\d points, 95% interval \d\d\.\d to \d\d\.\d points", shown)
    assert "10 points (ten is a round number)" in shown
    assert "skill gate: accuracy at least 0.4" in shown
    html = Path("runs/toy/report-quick.html")
    assert f"report: {html}" in shown
    assert "Strong beats weak by 10 points." in html.read_text()


def test_a_second_run_computes_nothing_and_says_so(home):
    first = json.loads(call("run", "toy", "--jobs", 0, "--no-report", "--json").stdout)
    again = call("run", "toy", "--jobs", 0, "--no-report", "--json")
    assert "12 of 12 trials are kept" in again.stderr
    assert json.loads(again.stdout)["verdicts"] == first["verdicts"]
    assert first["report"] is None
    assert first["trials"] == {"done": 12, "failed": 0, "crashed": 0}
    assert not list(home.rglob("*.html"))


def test_json_of_one_seed_has_null_for_what_is_not_finite(home):
    ran = json.loads(call("run", "toy", "--scale", "micro", "--jobs", 0, "--no-report", "--json").stdout)
    assert [v["outcome"] for v in ran["verdicts"]] == ["inconclusive", "inconclusive"]
    assert ran["verdicts"][0]["low"] is None
    assert ran["verdicts"][0]["n"] == 1


def test_failed_trials_give_code_1_name_the_trial_and_its_log(home):
    fail = ("--set", "conditions.strong.n_fail=1", "--jobs", 0, "--no-report")
    done = call("run", "toy", *fail, code=1)
    assert "failed: strong, seed 0: RuntimeError: told to fail" in done.stderr
    log = Path(re.search(r"log: (\S+log\.txt)", done.stderr)[1])
    assert log.read_text() == "a line of the log\n"
    kept = call("run", "toy", *fail, code=1)
    assert "[" not in kept.stderr.replace("[12/12]", "")
    again = call("run", "toy", *fail, "--retry-failed", code=1)
    assert "[12/12] strong, seed 0: failed" in again.stderr


def test_run_by_file_with_seeds_and_a_worker_process(home, tmp_path):
    path = home / "lab" / "studies" / "neurons" / "toy.py"
    ran = json.loads(call("run", path, "--seeds", "3:5", "--jobs", 2, "--store", tmp_path / "s", "--json").stdout)
    assert ran["seeds"] == [3, 4]
    assert ran["report"] == str(tmp_path / "s" / "toy" / "report-quick.html")


def test_rows_tells_every_state(home):
    call("run", "toy", "--seeds", 1, "--jobs", 0, "--no-report", "--set", "conditions.none.n_fail=1", code=1)
    rows = json.loads(call("rows", "toy", "--seeds", 2, "--json", "--set", "conditions.none.n_fail=1").stdout)
    states = {(r["condition"], r["seed"]): r["state"] for r in rows}
    assert states["strong", 0] == "done"
    assert states["none", 0] == "failed"
    assert states["weak", 1] == "pending"
    assert rows[0]["accuracy"] == pytest.approx(0.975, abs=0.03)
    file = home / "lab" / "studies" / "neurons" / "toy.py"
    file.write_text(file.read_text().replace("signal > 0", "signal > 0.1"))
    done = call("rows", "toy", "--seeds", 2, "--csv")
    header, strong_0, strong_1, *_ = done.stdout.splitlines()
    assert header.startswith("condition,seed,state")
    assert strong_0.startswith("strong,0,stale")
    assert strong_1.startswith("strong,1,pending")


def test_report_again_from_the_store(home):
    assert "Run: neurarium run toy" in refused("report", "toy")
    call("run", "toy", "--jobs", 0, "--no-report")
    call("report", "toy")
    assert "Strong beats weak" in Path("runs/toy/report-quick.html").read_text()


def test_list_filters_and_shows_the_ledgers_verdict(home):
    names = [e["name"] for e in json.loads(call("list", "--room", "neurons", "--kind", "part", "--json").stdout)]
    assert "lif" in names
    assert "toy" not in names
    (toy,) = json.loads(call("list", "--tag", "toy-tag", "--json").stdout)
    assert toy["verdict"] is None
    call("ledger", "update", "toy", "--jobs", 0)
    (toy,) = json.loads(call("list", "--tag", "toy-tag", "--verdict", "holds", "--json").stdout)
    assert toy["verdict"] == "holds"
    assert call("list", "--tag", "toy-tag", "--verdict", "none").stdout.strip() == ""
    assert re.search(r"toy\s+study\s+neurons\s+holds\s+Does more signal", call("list", "--tag", "toy-tag").stdout)


def test_a_broken_file_is_a_warning_and_hides_nothing(home):
    (home / "lab" / "studies" / "neurons" / "broken.py").write_text("def (")
    done = call("list", "--kind", "study")
    assert "toy" in done.stdout
    assert "broken.py" in done.stderr
    assert "'toy'" in refused("show", "toi")


def test_show_a_part_and_a_study(home):
    lif = json.loads(call("show", "LIF", "--json").stdout)
    assert lif["import"] == "from neurarium.neurons import LIF"
    assert "exp(-dt / tau_mem)" in lif["equation"]
    assert "toy" in lif["studies"]
    toy = call("show", "toy").stdout
    for text in ("arxiv:1803.09574", "no animal", "Strong beats weak by 10 points.", "verdict: none yet"):
        assert text in toy


def test_cite(home):
    assert "eprint = {1803.09574}" in call("cite", "toy").stdout
    assert "archivePrefix = {arXiv}" in call("cite", "toy").stdout
    assert "doi = {10.1017/CBO9781107447615}" in json.loads(call("cite", "lif", "--json").stdout)["bibtex"]
    file = home / "lab" / "studies" / "neurons" / "toy.py"
    file.write_text(file.read_text().replace("arxiv:1803.09574", ""))
    assert "no paper to cite" in refused("cite", "toy")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "toi"], "Did you mean 'toy'"),
        (["run", "nowhere.py"], "there is no such file"),
        (["run", "toy", "--store", "/dev/null/x", "--jobs", "0"], "/dev/null/x"),
        (["rows", "toy", "--store", "/dev/null/x"], "/dev/null/x"),
        (["run", "toy", "--set", "conditions.strong.signl=3"], "Did you mean 'signal'?"),
        (["run", "toy", "--set", "conditions.strong.signal=abc"], "must be a float like 2.0"),
        (["run", "toy", "--set", "signal"], "a.b=3"),
        (["run", "toy", "--seeds", "1,x"], "--seeds"),
        (["run", "toy", "--scale", "huge"], "no scale is called 'huge'"),
        (["run", "toy", "--device", "tpu"], "cpu or cuda"),
        (["run", "toy", "--jobs", "-1"], "`jobs` must be 0"),
        (["list", "--kind", "parts"], "Did you mean 'part'?"),
        (["list", "--room", "neuron"], "Did you mean 'neurons'"),
        (["list", "--tag", "toytag"], "Did you mean 'toy-tag'?"),
        (["list", "--verdict", "hold"], "or 'holds'?"),
        (["show", "liff"], "'lif'"),
        (["cite", "liff"], "'lif'"),
        (["new", "part", "class"], "word of Python"),
        (["new", "part", "x", "--room", "neuron"], "Did you mean 'neurons'"),
        (["ledger", "update", "toi"], "Did you mean 'toy'"),
    ],
)
def test_a_users_error_is_one_line_and_code_2(home, words, says):
    assert says in refused(*words)


def test_cuda_where_there_is_none(home, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "Use --device cpu." in refused("run", "toy", "--device", "cuda")


@pytest.mark.cluster
def test_a_cluster_that_does_not_answer(home, monkeypatch):
    distributed = pytest.importorskip("distributed")
    connect = distributed.Client
    monkeypatch.setattr(distributed, "Client", lambda address, **given: connect(address, **{**given, "timeout": "1s"}))
    assert "no scheduler answers at 'tcp://127.0.0.1:9'" in refused("run", "toy", "--cluster", "tcp://127.0.0.1:9")


def test_a_study_that_cannot_be_imported_is_told_with_file_and_line(home):
    (home / "lab" / "studies" / "neurons" / "odd.py").write_text(TOY.replace("import torch", "import nowhere_at_all"))
    line = refused("run", "odd")
    assert "odd.py:4" in line
    assert "nowhere_at_all" in line


def test_what_should_be_quick_imports_no_torch(home):
    code = """
import sys
from neurarium.cli import app
for words in ("list", "show lif", "show toy", "cite lif", "ledger check", "new part class", "run toi"):
    try:
        app(words.split())
    except SystemExit:
        pass
    print(words, *({"torch", "scipy", "pandas"} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "torch" not in done.stderr
    assert "scipy" not in done.stderr
    assert "run toi\n" in done.stderr


def test_python_m_is_the_command(home):
    done = subprocess.run([sys.executable, "-m", "neurarium", "show", "toi"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("error: no entry is called 'toi'. Did you mean ")
    assert "'toy'" in done.stderr
    assert done.stderr.endswith("? `neurarium list` shows them all.\n")


def test_list_with_300_more_studies_takes_less_than_half_a_second(home):
    toy = (home / "lab" / "studies" / "neurons" / "toy.py").read_text() + "\n\ndef f(x):\n    return x * x\n" * 20
    for i in range(300):
        (home / "lab" / "studies" / "neurons" / f"dummy_{i}.py").write_text(toy)
    command = [sys.executable, "-m", "neurarium", "list", "--kind", "study"]
    used = []
    for _ in range(2):  # the second finds the cards of the first; seconds of the processor, not of the wall
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.stdout.count("dummy-") == 300, done.stderr
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert used[1] < 0.5


@pytest.fixture
def two_files(tmp_path):
    import numpy as np

    rng = np.random.default_rng(0)
    shared = rng.normal(size=(40, 5))
    for name in ("rnn", "mouse"):
        np.savez(tmp_path / f"{name}.npz", x=shared @ rng.normal(size=(5, 8)) + 0.3 * rng.normal(size=(40, 8)))
    return [tmp_path / "rnn.npz", tmp_path / "mouse.npz"]


def test_compare_prints_numbers_with_what_they_are_held_against(two_files, tmp_path):
    cka = ("compare", *two_files, "--measures", "cka")
    done = call(*cka[:-1], "cka,procrustes", "--null", 30, "--ci", 30, "--report", tmp_path / "out.html")
    assert re.search(r"^cka +rnn +mouse +0\.\d+", done.stdout, re.M)
    assert "null_quan" in done.stdout
    assert "report:" in done.stderr
    assert "How alike are rnn, mouse?" in (tmp_path / "out.html").read_text()
    (row,) = json.loads(call(*cka, "--null", 5, "--ci", 5, "--json").stdout)
    assert (row["measure"], row["n_rows"], row["n_null"], row["is_metric"]) == ("cka", 40, 5, False)
    assert call(*cka, "--null", 0, "--ci", 0, "--csv").stdout.startswith("measure,a,b")


def test_compare_refuses_in_one_line(two_files):
    assert "Did you mean 'cka'" in refused("compare", *two_files, "--measures", "ckaa")
    assert "cannot be read" in refused("compare", two_files[0], "nowhere.npy")
    assert "two names or more" in refused("compare", two_files[0])
