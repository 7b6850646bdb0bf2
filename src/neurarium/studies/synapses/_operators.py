"""Four ways to carry the same spikes over the same connections, and how their costs and gradients are compared."""

import copy
import statistics
import time
import warnings

import torch
from torch import nn

from neurarium.core import AbstractDynamics, unroll
from neurarium.synapses import Exponential, ExponentialState, JustInTime, Projection, ProjectionState


class DenseProduct(nn.Module):
    """All pairs, zeros included."""

    def __init__(self, drawn):
        super().__init__()
        self.weight = nn.Parameter(drawn.to_sparse().to_dense().detach())

    def forward(self, x):
        return x @ self.weight.mT


class TorchSparse(nn.Module):
    """torch's own product of a compressed sparse matrix, which does not ask who is active."""

    def __init__(self, drawn):
        super().__init__()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta state")
            matrix = drawn.to_sparse().to_dense().detach().to_sparse_csr()
        self.register_buffer("starts", matrix.crow_indices())
        self.register_buffer("columns", matrix.col_indices())
        self.weight, self.shape = nn.Parameter(matrix.values()), matrix.shape
        self.held = None

    def forward(self, x):
        if torch.is_grad_enabled() or self.held is None or self.held.dtype != self.weight.dtype:
            parts = (self.starts, self.columns, self.weight)
            self.held = torch.sparse_csr_tensor(*parts, self.shape, check_invariants=False)
        return (self.held @ x.reshape(-1, x.shape[-1]).mT).mT.view(*x.shape[:-1], -1)


class PerSynapse(AbstractDynamics):
    """A state for each synapse: what aligning time courses to units saves."""

    def __init__(self, drawn, beta):
        super().__init__()
        self.weights, self.beta = drawn.to_sparse(), beta

    def init_state(self, like):
        return ExponentialState(like.new_zeros(*like.shape[:-1], len(self.weights.targets)))

    def holding(self, g):
        """The state that gives conductance `g` of units, in equal shares of their synapses."""
        targets = self.weights.targets.long()
        return ExponentialState((g / torch.bincount(targets, minlength=len(g)))[targets])

    def step(self, x, state):
        g = self.beta * state.g + self.weights.weight * x.index_select(-1, self.weights.pre)
        out = g.new_zeros(*g.shape[:-1], self.weights.n_post).index_add(-1, self.weights.targets, g)
        return out, ExponentialState(g)


OPERATORS = {
    "dense": DenseProduct,
    "torch_sparse": TorchSparse,
    "event": JustInTime.to_sparse,
    "jit": copy.deepcopy,
}


def drawn_connections(net, p_connect, rng):
    """Connections of both populations of a balanced network, as seeds, with its weights."""
    drawn = {}
    for name in ("exc", "inh"):
        old = getattr(net, name).weights
        law = dict(n_pre=old.n_pre, n_post=old.n_post, p_connect=p_connect, mean=float(old.weight.detach()[0]))
        drawn[name] = JustInTime(**law, rng=rng.child(name)).double()
    return drawn


def connect(net, drawn, op):
    """A copy of the network that carries its spikes with operator `op`."""
    net = copy.deepcopy(net)
    for name, connections in drawn.items():
        dynamics = getattr(net, name).dynamics
        if op == "per_synapse":
            setattr(net, name, PerSynapse(connections, dynamics.beta))
        else:
            setattr(net, name, Projection(weights=OPERATORS[op](connections), dynamics=dynamics))
    return net


def state_like(net, state):
    """`state` as this network holds it, whatever its synapses are."""
    held = {}
    for name in ("exc", "inh"):
        projection, g = getattr(net, name), getattr(state, f"g_{name}")
        is_plain = isinstance(projection, Projection)
        held[name] = ProjectionState(ExponentialState(g)) if is_plain else projection.holding(g)
    return state._replace(**held)


@torch.no_grad()
def run_steps(net, state, n_steps):
    """The raster of a network without input, and its last state."""
    return net(state.v.new_zeros(1).expand(n_steps, net.n_units), state)


def n_numbers(state):
    """How many numbers a state holds."""
    return state.numel() if isinstance(state, torch.Tensor) else sum(n_numbers(field) for field in state)


def agreement(raster, reference):
    """Spikes of both over spikes of either."""
    ours, theirs = raster > 0, reference > 0
    return float((ours & theirs).sum() / (ours | theirs).sum().clamp_min(1))


def in_turn(works, n_turns):
    """Median CPU milliseconds of each work, run in turn; the first turn does not count."""
    taken = [[] for _ in works]
    for turn in range(n_turns + 1):
        for work, seconds in zip(works, taken, strict=True):
            began = time.process_time()
            work()
            if turn:
                seconds.append(time.process_time() - began)
    return [1000 * statistics.median(seconds) for seconds in taken]


def gradient_error(op, rng, n_units=20, n_steps=30):
    """Of a smooth network of conductances: ``|g·d - (L(+ε d) - L(-ε d)) / 2 ε|`` over the latter, d a random direction.

    Units release ``σ((v - 10) / 2)`` instead of spikes, so that its loss has derivatives which differences can show.
    """
    half, parts = n_units // 2, nn.ModuleList()
    for mean, tau_ms in ((0.3, 5.0), (0.6, 10.0)):
        law = dict(n_pre=half, n_post=n_units, p_connect=0.5, mean=mean, spread=0.1)
        drawn, dynamics = JustInTime(**law, rng=rng.child(f"smooth {mean}")).double(), Exponential(tau_syn_ms=tau_ms)
        if op in OPERATORS:
            parts.append(Projection(weights=OPERATORS[op](drawn), dynamics=dynamics))
        else:
            parts.append(PerSynapse(drawn, dynamics.beta))
    x = torch.rand(n_steps, n_units, generator=rng("input"), dtype=torch.float64)

    def loss(x):
        v = torch.zeros(n_units, dtype=torch.float64)
        start = (v, *(p.init_state(v[:half]) for p in parts))
        potentials, _ = unroll(lambda x_t, state: smooth_step(parts, half, x_t, state), x, start)
        return potentials.square().mean()

    return relative_error(loss, x, list(parts.parameters()), rng)


def smooth_step(parts, half, x, state):
    v, exc, inh = state
    release = torch.sigmoid((v - 10) / 2)
    g_exc, exc = parts[0].step(release[:half], exc)
    g_inh, inh = parts[1].step(release[half:], inh)
    v = v + (-v + (g_exc + x) * (60 - v) + g_inh * (-20 - v)) / 20
    return v, (v, exc, inh)


def relative_error(loss, x, parameters, rng, step=1e-5):
    directions = [torch.randn(p.shape, generator=rng("directions"), dtype=p.dtype) for p in (x, *parameters)]
    x = x.clone().requires_grad_()
    gradients = torch.autograd.grad(loss(x), [x, *parameters])
    found = sum(float((g * d).sum()) for g, d in zip(gradients, directions, strict=True))
    values = []
    with torch.no_grad():
        for sign in (1, -1):
            moved = [sign * step * d for d in directions]
            for p, change in zip(parameters, moved[1:], strict=True):
                p.add_(change)
            values.append(float(loss(x + moved[0])))
            for p, change in zip(parameters, moved[1:], strict=True):
                p.sub_(change)
    expected = (values[0] - values[1]) / (2 * step)
    return abs(found - expected) / abs(expected)
