"""Run a study from Python: all its trials at the smallest scale, its rows as a table, its verdicts.

python examples/run_a_study.py      (some seconds; results go to a temporary folder)
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from neurarium.engine import Plan, load_study, run


def main() -> None:
    """Run it twice: the second time nothing is left to compute."""
    study = load_study("hebbian-orthogonal-projection")
    print(study.question)

    with TemporaryDirectory() as folder:
        plan = Plan(scale="micro", seeds=(0,), n_workers=0, root=Path(folder))
        computed = []
        done = run(study, plan, watch=lambda event: computed.append(event.kind))
        again = run(study, plan, watch=lambda event: computed.append(event.kind))

    print(done.rows.table()[["condition", "seed", "average_accuracy"]].to_string(index=False, float_format="%.3f"))
    for verdict in done.verdicts:
        print(f"{verdict.outcome}: {verdict.text}")  # one seed decides nothing, and the verdicts say so

    assert not done.troubles()
    assert computed.count("finished") == computed.count("kept") == len(done.records)
    assert {verdict.outcome for verdict in done.verdicts} == {"inconclusive"}
    assert again.rows.table().equals(done.rows.table())


if __name__ == "__main__":
    main()
