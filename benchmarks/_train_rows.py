"""Lines on a train step: 700 - 1024 spiking - 20 leaky, from events, against SpikingJelly and snnTorch."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import torch
from _lif_rows import ALPHA, PEERS, TAU_MS, peer_line, spikingjelly_node
from _table import Line
from _turns import Work, in_turn, peak_mb
from torch import Tensor, nn

from neurarium.core import Rng
from neurarium.neurons import LIF, LeakyIntegrator
from neurarium.synapses import EventDense


class OurNet(nn.Module):
    """The network of the train step, its input an event tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.carry, self.lif = EventDense(n_pre=700, n_post=1024, rng=Rng(0)), LIF(tau_mem_ms=TAU_MS)
        self.read, self.out = nn.Linear(1024, 20), LeakyIntegrator(tau_mem_ms=TAU_MS)

    def forward(self, x: Tensor) -> Tensor:
        """The read-out at every instant."""
        return self.out(self.read(self.lif(self.carry(x))[0]))[0]


def our_net() -> nn.Module:
    return OurNet()


def spikingjelly_net() -> nn.Module:
    from spikingjelly.activation_based import functional, layer, neuron

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(
                layer.Linear(700, 1024, bias=False, step_mode="m"),
                spikingjelly_node(None),
                layer.Linear(1024, 20, step_mode="m"),
                neuron.NonSpikingLIFNode(tau=1 / (1 - ALPHA)),  # scales its input by 1 / tau; weights may absorb it
            )

        def forward(self, x: Tensor) -> Tensor:
            functional.reset_net(self)
            return torch.stack(self.layers(x))

    return Net()


def snntorch_net(is_layer_by_layer: bool = False) -> nn.Module:
    import snntorch

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.carry, self.read = nn.Linear(700, 1024, bias=False), nn.Linear(1024, 20)
            self.lif, self.out = snntorch.Leaky(beta=ALPHA), snntorch.Leaky(beta=ALPHA, reset_mechanism="none")

        def forward(self, x: Tensor) -> Tensor:
            if is_layer_by_layer:
                return run(self.out, self.read(run(self.lif, self.carry(x), 0)), 1)
            v, u, outs = x.new_zeros(x.shape[1], 1024), x.new_zeros(x.shape[1], 20), []
            for x_t in x.unbind(0):
                z, v = self.lif(self.carry(x_t), v)
                u = self.out(self.read(z), u)[1]
                outs.append(u)
            return torch.stack(outs)

    def run(cell: nn.Module, x: Tensor, port: int) -> Tensor:
        v, outs = torch.zeros_like(x[0]), []
        for x_t in x.unbind(0):
            z_and_v = cell(x_t, v)
            v = z_and_v[1]
            outs.append(z_and_v[port])
        return torch.stack(outs)

    return Net()


NETS: dict[str, Callable[[], nn.Module]] = {
    "SpikingJelly": spikingjelly_net,
    "snnTorch": snntorch_net,
    "snnTorch, layer by layer": lambda: snntorch_net(is_layer_by_layer=True),
}
BARS = {"SpikingJelly": 2, "snnTorch": 3}


def train_step(make: Callable[[], nn.Module], x: Tensor, y: Tensor) -> Work:
    net = make()
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)

    def work() -> None:
        adam.zero_grad()
        nn.functional.cross_entropy(net(x).mean(0), y).backward()
        adam.step()

    return work


def train_lines() -> list[Line]:
    generator = torch.Generator().manual_seed(0)
    x = (torch.rand(100, 64, 700, generator=generator) < 0.05).float()
    y = torch.randint(20, (64,), generator=generator)
    works = {"ours": train_step(our_net, x.to_sparse(), y)}
    works |= {name: train_step(make, x, y) for name, make in NETS.items() if find_spec(PEERS[name.split(",")[0]])}
    seconds, memory = in_turn(works), {name: peak_mb(work) for name, work in works.items()}
    title = "train step 700-1024-20, T=100, B=64, 5 % events, Adam"
    note = "ours takes events, theirs the dense tensor"
    unusual = {"snnTorch, layer by layer": "; not how its manual writes it"}
    return [peer_line(title, name, BARS.get(name), seconds, memory, note + unusual.get(name, "")) for name in NETS]
