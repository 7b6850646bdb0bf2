"""Nothing is lost and nothing is computed twice, whatever dies."""

import json
import os
import signal
import sys
import textwrap
import time

import pytest

from neurarium.core.errors import NeurariumError
from neurarium.engine import load_study
from neurarium.engine.runner import check_seeds, stored, verdict_seeds

ALL = {(c, str(s)): 1 for c in ("low", "high", "same") for s in range(3)}


def end(*processes):
    for process in processes:
        process.kill()
        process.wait()  # not communicate: its workers hold the other end of the pipe and live on
        process.stdout.close()


def is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def table(run):
    return run.rows.table().to_dict("list")


def test_the_same_study_twice_gives_the_same_bits_in_any_process(make_toy):
    toy = make_toy()
    here = toy.run("one")
    workers = toy.run("two", n_workers=2)
    assert table(here) == table(workers)
    assert toy.executed() == {trial: 2 for trial in ALL}
    assert len(set(here.rows.table().loss)) == 3  # each seed its own, conditions paired by seed
    assert [v.outcome for v in here.verdicts] == ["holds"]


def test_a_second_run_computes_nothing(make_toy):
    toy = make_toy()
    first, events = toy.run(), []
    second = toy.run(watch=events.append)
    assert toy.executed() == ALL
    assert table(first) == table(second) == table(stored(load_study(toy.path), toy.plan()))
    assert [e.kind for e in events] == ["planned"] + ["kept"] * 9


def test_more_seeds_run_only_the_new_ones(make_toy):
    toy = make_toy()
    toy.run(seeds=(0, 1, 2))
    more = toy.run(seeds=(1, 2, 1000))
    assert toy.executed() == ALL | {(c, "1000"): 1 for c in ("low", "high", "same")}
    assert sorted(set(more.rows.table().seed)) == [1, 2, 1000]


def test_the_driver_is_killed_and_started_again(make_toy, wait_until):
    toy = make_toy("time.sleep(0.3)")
    driver = toy.start(n_workers=2)
    try:
        wait_until(lambda: toy.records() >= 2, "two finished trials")
        assert driver.poll() is None
    finally:
        end(driver)
    n_begun = sum(toy.executed().values())
    assert n_begun < 7
    time.sleep(1.5)  # orphaned workers finish and keep what they had begun, and begin nothing more
    assert sum(toy.executed().values()) <= n_begun + 2  # each may have been about to begin one
    again = toy.run()
    assert toy.executed() == ALL
    assert table(again) == table(make_toy(folder="undisturbed").run())
    wait_until(lambda: all(map(is_gone, set(toy.processes()) - {os.getpid()})), "the orphaned workers to leave", 40)


def test_driver_and_workers_are_killed_together(make_toy, wait_until):
    """Power cut: what was under way has left a claim of a dead process and nothing else."""
    toy = make_toy("time.sleep(0.3)")
    driver = toy.start(n_workers=2)
    try:
        wait_until(lambda: toy.records() >= 2, "two finished trials")
    finally:
        driver.send_signal(signal.SIGSTOP)  # it must not notice
        for pid in set(toy.processes()):
            os.kill(pid, signal.SIGKILL)
        end(driver)
    n_kept = toy.records()
    again = toy.run()
    assert len(again.rows.table()) == 9
    assert sum(toy.executed().values()) <= 9 + 2
    assert sum(n == 1 for n in toy.executed().values()) >= n_kept
    assert table(again) == table(make_toy(folder="undisturbed").run())


def test_a_worker_dies_once_and_its_trial_is_tried_again(make_toy):
    toy = make_toy("""if name == "high" and seed == 1 and first_time("died"): os.kill(os.getpid(), signal.SIGKILL)""")
    done = toy.run(n_workers=2)
    assert done.troubles() == []
    assert toy.executed()["high", "1"] == 2
    assert table(done) == table(make_toy(folder="undisturbed").run())


def test_a_trial_that_kills_every_worker_is_marked_crashed_and_the_rest_goes_on(make_toy):
    toy = make_toy("""time.sleep(0.05)\nif name == "high" and seed == 1: os.kill(os.getpid(), signal.SIGKILL)""")
    events = []
    done = toy.run(n_workers=2, watch=events.append)
    [crashed] = done.troubles()
    assert (crashed.condition, crashed.seed, crashed.state) == ("high", 1, "crashed")
    assert crashed.error.startswith("its process died 3 times")
    assert toy.executed()["high", "1"] == 3
    assert len(done.rows.table()) == 8
    assert sorted(e.status for e in events if e.kind == "finished") == ["crashed"] + ["done"] * 8
    assert done.verdicts[0].evidence.n_missing == 1
    toy.run(n_workers=2)
    assert toy.executed()["high", "1"] == 3  # crashed is a result until it is asked for again


def test_workers_that_cannot_even_start_are_an_error_not_a_loop(make_toy, monkeypatch):
    toy = make_toy()
    monkeypatch.setenv("NEURARIUM_TEST_DIE", "1")
    source = toy.path.read_text()
    toy.path.write_text(
        source + f"\nif os.environ.get('NEURARIUM_TEST_DIE') and os.getpid() != {os.getpid()}: os._exit(3)\n"
    )
    with pytest.raises(NeurariumError, match="workers die before they start a trial"):
        toy.run(n_workers=2)


def test_two_drivers_at_once_share_the_work(make_toy, wait_until):
    """Neither repeats what the other does, failed trials included, and both get the whole."""
    toy = make_toy(
        """
        if first_time(f"worker{os.getpid()}"):  # wait for the other driver
            while not (HERE / "go").exists(): time.sleep(0.02)
        time.sleep(0.1)
        if name == "same" and seed == 2: raise ValueError("boom")
        """.replace("\n        ", "\n")
    )
    drivers = [toy.start(n_workers=1), toy.start(n_workers=1)]
    try:
        wait_until(lambda: len(set(toy.processes())) == 2, "a trial of each driver")
        (toy.path.parent / "go").touch()
        answers = [d.communicate(timeout=60)[0] for d in drivers]
    finally:
        end(*drivers)
    assert toy.executed() == ALL
    assert answers[0] == answers[1]
    rows, outcomes = json.loads(answers[0])
    assert len(rows["seed"]) == 8
    assert outcomes == ["holds"]


def test_a_driver_takes_over_from_one_that_dies(make_toy, wait_until):
    """The second driver waits for trials the first one holds, and runs them when it is killed."""
    toy = make_toy("""if first_time(f"slow{name}{seed}"): time.sleep(60)""")
    first = toy.start(n_workers=0, seeds=[0])
    try:
        wait_until(lambda: toy.executed(), "the first trial")
        second = toy.start(n_workers=0, seeds=[0])
        (toy.path.parent / "slowhigh0").touch()
        (toy.path.parent / "slowsame0").touch()
        wait_until(lambda: len(toy.executed()) == 3, "the second driver to do the others")
        assert second.poll() is None  # it waits for the first trial
        end(first)
        rows, _ = json.loads(second.communicate(timeout=30)[0])
    finally:
        end(first, second)
    assert len(rows["seed"]) == 3
    assert toy.executed() == {("low", "0"): 2, ("high", "0"): 1, ("same", "0"): 1}


def test_a_trial_that_raises(make_toy):
    body = """
    print("before the fall")
    warnings.warn("it creaks")
    if name == "high" and seed == 1 and not (HERE / "mended").exists(): raise ValueError("boom")
    """
    toy = make_toy(textwrap.dedent(body))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "warnoptions", ["default"])
        done = toy.run(n_workers=1)
    [failed] = done.troubles()
    assert (failed.condition, failed.seed, failed.state) == ("high", 1, "failed")
    assert failed.error == "ValueError: boom"
    assert "in trial" in failed.about["traceback"]
    assert failed.log.startswith("before the fall\nUserWarning: it creaks")
    assert dict(failed.row) == {}
    assert len(done.rows.table()) == 8

    toy.run()
    assert toy.executed() == ALL  # a failed trial is not run again unasked
    (toy.path.parent / "mended").touch()
    mended = toy.run(retry_failed=True, n_workers=1)
    assert toy.executed() == ALL | {("high", "1"): 2}
    assert mended.troubles() == []
    assert table(mended) == table(make_toy(folder="undisturbed").run())


@pytest.mark.parametrize(
    ("result", "error"),
    [
        ('{"accuracy": level, "loss": float("nan")}', "metric `loss` is nan"),
        ('{"accuracy": torch.tensor(float("inf"))}', "metric `accuracy` is inf"),
        ('{"accuracy": "good"}', "metric `accuracy`: could not convert"),
        ('{"acuracy": 1.0}', "Did you mean 'accuracy'"),
        ("{}", "the trial gave no row"),
        ("None", "the trial gave no row"),
        ('Outcome({"accuracy": 1.0}, curves={"loss": [1.0, float("nan")]})', "curve `loss` is not finite"),
        ('Outcome({"accuracy": 1.0}, curves={"loss": [None]})', "cannot be kept"),
        ('Outcome({"accuracy": 1.0}, arrays={"w": [object()]})', "must hold numbers"),
        ('Outcome({"accuracy": 1.0}, arrays={"w": torch.zeros(1, dtype=torch.bfloat16)})', "cannot be kept"),
        ("exit(3)", "SystemExit: 3"),
    ],
)
def test_a_trial_without_a_finite_row_has_failed_and_says_why(make_toy, result, error):
    toy = make_toy(f"""if name == "high" and seed == 1: return {result}""")
    done = toy.run()
    [failed] = done.troubles()
    assert (failed.condition, failed.seed, failed.state) == ("high", 1, "failed")
    assert error in failed.error
    assert dict(failed.row) == {}
    assert len(done.rows.table()) == 8


STACKED = """
@study.run(stacked=True, tolerance=1e-6)
def trial(rngs, scale, *, name, level):
    for rng in rngs:
        note(name, rng.seed)
    note(name, "together")
    return [{"accuracy": level + 0.01 * fitted(r, scale.n), "loss": fitted(r, scale.n)} for r in rngs][:{n}]
"""


def test_a_stacked_study_runs_all_seeds_of_a_condition_at_once(make_toy):
    toy = make_toy(trial=STACKED.replace("{n}", ""))
    done = toy.run(n_workers=2)
    assert toy.executed() == ALL | {(c, "together"): 1 for c in ("low", "high", "same")}
    single = make_toy(folder="single").run()
    assert done.rows.table().drop(columns=["condition", "seed"]).to_numpy() == pytest.approx(
        single.rows.table().drop(columns=["condition", "seed"]).to_numpy(), abs=1e-6
    )
    assert {r.about["stacked"] for r in done.records.values()} == {3}


def test_a_stacked_study_resumes_with_the_missing_seeds(make_toy):
    toy = make_toy(trial=STACKED.replace("{n}", ""))
    toy.run(seeds=(0, 2))
    toy.run()
    assert toy.executed() == ALL | {(c, "together"): 2 for c in ("low", "high", "same")}


def test_a_stacked_trial_that_loses_a_row_has_failed(make_toy):
    done = make_toy(trial=STACKED.replace("{n}", "2")).run()
    assert {r.error for r in done.troubles()} == {"NeurariumError: a stacked trial of 3 seeds gave 2 rows"}
    assert len(done.troubles()) == 9


def test_a_changed_equation_makes_old_rows_stale_a_changed_comment_does_not(make_toy):
    toy = make_toy()
    first = toy.run()
    source = toy.path.read_text()
    toy.path.write_text(source.replace("A little", "Some").replace("range(5):", "range(5):  # steps"))
    assert table(toy.run()) == table(first)
    assert toy.executed() == ALL
    toy.path.write_text(source.replace("w - 0.1 * grad", "w - 0.2 * grad"))
    changed = toy.run(n_workers=2)
    assert toy.executed() == {trial: 2 for trial in ALL}
    assert set(changed.rows.table().loss).isdisjoint(first.rows.table().loss)
    toy.path.write_text(source)
    assert table(toy.run()) == table(first)  # the old rows are still there
    assert toy.executed() == {trial: 2 for trial in ALL}


def test_workers_kept_from_an_earlier_run_do_not_run_its_source(make_toy):
    """A second run in one session, after an edit, must not be answered by code that was imported before it."""
    toy = make_toy("level = level + HELPER", trial=None)
    helper = "import sys, types\nHELPER = sys.modules.setdefault('seen_first', types.SimpleNamespace(x={})).x\n"
    toy.path.write_text(toy.path.read_text().replace("HERE = ", helper.format("0.0") + "HERE = "))
    toy.run(n_workers=1)
    toy.path.write_text(toy.path.read_text().replace("x=0.0", "x=5.0"))
    assert toy.run(n_workers=1).rows.table().accuracy.min() > 4


def test_a_source_that_is_edited_while_it_runs_stops_the_run(make_toy):
    toy = make_toy(
        """if name == "low" and seed == 2: Path(__file__).write_text(Path(__file__).read_text() + "\\nEDITED = 1\\n")"""
    )
    with pytest.raises(NeurariumError, match="was edited while it ran"):
        toy.run()
    assert toy.records() == 3  # none of the later trials was kept under the name of the old source


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"device": "cuda:7"}, "`device` must be available here"),
        ({"n_workers": -1}, "`jobs` must be 0"),
        ({"scale": "huge"}, "no scale is called 'huge'"),
        ({"assignments": ("conditions.hihg.level=2",)}, "Did you mean 'high'"),
    ],
)
def test_a_plan_that_does_not_fit_is_one_clear_line(make_toy, plan, message):
    toy = make_toy()
    with pytest.raises(NeurariumError, match=message) as error:
        toy.run(**plan)
    assert "\n" not in str(error.value)
    assert not toy.executed()


def test_assignments_change_trials_and_their_names(make_toy):
    toy = make_toy()
    toy.run(scale="micro")
    changed = toy.run(scale="micro", assignments=("conditions.high.level=2", "scale.n=3"))
    assert changed.rows.table().accuracy.max() > 1.9
    assert sum(toy.executed().values()) == 6
    assert {r.about["sizes"]["n"] for r in changed.records.values()} == {3}


def test_seeds_from_the_command_line():
    assert check_seeds("3", 8) == (0, 1, 2)
    assert check_seeds("3:6", 8) == (3, 4, 5)
    assert check_seeds("4, 1,9", 8) == (4, 1, 9)
    assert check_seeds("verdict", 2) == verdict_seeds(2) == (1000, 1001)
    for wrong in ("", "0", "-3", "3:3", "1,1", "a", "1:2:3", "-1:2", "1.5"):
        with pytest.raises(NeurariumError, match="--seeds: must be"):
            check_seeds(wrong, 8)
