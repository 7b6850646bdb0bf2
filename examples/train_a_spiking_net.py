"""Train a spiking network on real handwritten digits and count what an answer costs.

python examples/train_a_spiking_net.py      (about ten seconds on one core)
"""

import torch
import torch.nn.functional as F

from neurarium.core import Rng
from neurarium.cost import operations
from neurarium.nets.spiking import SpikingMLP
from neurarium.tasks import digits

N_STEPS = 8


def main() -> None:
    """Train, test, count, check."""
    rng = Rng(7)
    images = digits(rng=rng)
    net = SpikingMLP(sizes=(64, 100, 10), rng=rng)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)

    for _ in range(15):
        for index in torch.randperm(len(images.train_y), generator=rng("batches")).split(64):
            logits = net(constant(images.train_x[index]))[0].mean(0)
            optimiser.zero_grad()
            F.cross_entropy(logits, images.train_y[index]).backward()
            optimiser.step()

    with torch.no_grad():
        logits = net(constant(images.test_x))[0].mean(0)
    accuracy = (logits.argmax(-1) == images.test_y).float().mean().item()
    cost = operations(net, constant(images.test_x), n_samples=len(images.test_y)).per_sample

    print(f"accuracy on {len(images.test_y)} images that were held out: {accuracy:.1%}")
    print(f"per image: {cost['effective_macs']:,.0f} multiply-accumulates for the graded input,")
    print(
        f"           {cost['effective_acs']:,.0f} additions for the spikes, instead of {cost['dense_macs']:,.0f} dense"
    )

    assert accuracy > 0.93, "a linear classifier reaches about 95 % here; the network did not learn"
    assert cost["effective_macs"] + cost["effective_acs"] < cost["dense_macs"]


def constant(x: torch.Tensor) -> torch.Tensor:
    """Show an image as the same current at every step: (batch, 8, 8) -> (time, batch, 64)."""
    return x.flatten(1).expand(N_STEPS, -1, -1)


if __name__ == "__main__":
    main()
