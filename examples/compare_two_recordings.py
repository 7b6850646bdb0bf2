"""Do two recordings come from systems that move alike? Unpaired trials, other coordinates, another regime.

python examples/compare_two_recordings.py      (half a minute)
"""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from neurarium.alignment import cka, compare, dsa
from neurarium.core import Recording, Rng
from neurarium.core.axes import from_trials, to_samples
from neurarium.tasks import lorenz


def main() -> None:
    """Compare a chaotic system with itself in other coordinates, and with one that goes round in a cycle."""
    rng = Rng(7)
    shape = dict(n_trials=24, n_steps=200, stride=4, burn_in=500)
    chaotic = lorenz(rho=28.0, **shape, rng=rng.child("chaotic"))  # trials, time, units
    periodic = lorenz(rho=160.0, **shape, rng=rng.child("periodic"))

    turned = chaotic @ torch.linalg.qr(torch.randn(3, 3, generator=rng("turn"), dtype=chaotic.dtype))[0]
    print(f"paired, turned:       cka {cka(to_samples(chaotic), to_samples(turned)):.3f}")

    settings = dict(n_delays=5, rank=6)
    halves = dsa(chaotic[:12], turned[12:], **settings)
    regimes = dsa(chaotic, periodic, **settings)
    print(f"other trials, turned: dsa {halves:.3f} rad")
    print(f"another regime:       dsa {regimes:.3f} rad")

    systems = {"chaotic": chaotic, "turned": turned, "periodic": periodic}
    found = compare(systems, measures={"dsa": partial(dsa, **settings)}, null=20, ci=20)
    print(found.table()[["a", "b", "value", "low", "high", "split_half", "reason"]].round(3).to_string())

    with TemporaryDirectory() as folder:
        kept = Recording({"x": from_trials(chaotic).numpy()}, notes={"source": "Lorenz, rho 28"})
        again = Recording.load(kept.save(Path(folder) / "lorenz"))
        print(again)

    assert (again["x"] == kept["x"]).all()
    assert halves < 0.5 * regimes
    assert found["dsa"].values.loc["chaotic", "turned"] < found["dsa"].values.loc["chaotic", "periodic"]


if __name__ == "__main__":
    main()
