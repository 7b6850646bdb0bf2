"""A perceptron whose inputs and weights are signs of quantum amplitudes."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import Rng, part
from neurarium.core.errors import bad, check_count, check_fraction
from neurarium.neurons._quantum_circuit import Circuit, Gate, NoisyDevice
from neurarium.neurons._sign_encodings import Hypergraph, SignEncoding


@part(
    summary="Perceptron on n qubits for 2^n signs, simulated gate by gate, with noise and shots.",
    paper="arxiv:1811.02266",
    tags=("quantum", "device", "binary"),
    example=dict(n_qubits=2),
)
class QuantumPerceptron:
    """Neuron that fires with chance ``p = (x · w / m)²`` for inputs x and weights w of ±1, ``m = 2^n_qubits``.

    Hadamard gates spread n qubits over all states, gates of an encoding give them the signs of x, then those of w;
    Hadamard and X gates take |ψ_w> to |1...1>, which alone turns one more qubit, and that is measured. As the square
    says, w and -w are the same neuron, and so are x and -x.

    Args:
        n_qubits: qubits that hold a vector; one more is read.
        encoding: gates for the signs; default :class:`Hypergraph`, or :class:`SignFlip`.
        device: noise of gates and read-out (:class:`NoisyDevice`); default none.
        n_shots: measurements that a chance is estimated from; default the chance itself.
        flip_share: share of the signs in question that one lesson turns, rounded up.

    Example:
        >>> neuron = QuantumPerceptron(n_qubits=2)
        >>> x, w = torch.tensor([[1.0, 1, 1, 1], [1, 1, -1, -1], [-1, -1, -1, 1]]), torch.tensor([1.0, 1, 1, -1])
        >>> neuron(x, w).round(decimals=12).tolist()
        [0.25, 0.25, 1.0]

    Paper: Tacchino et al. 2019, arXiv:1811.02266.
    """

    def __init__(
        self,
        *,
        n_qubits: int,
        encoding: SignEncoding | None = None,
        device: NoisyDevice | None = None,
        n_shots: int | None = None,
        flip_share: float = 0.5,
    ) -> None:
        check_count("QuantumPerceptron", n_qubits=n_qubits)
        check_fraction("QuantumPerceptron", flip_share=flip_share)
        if n_shots is not None:
            check_count("QuantumPerceptron", n_shots=n_shots)
        self.n_qubits, self.device, self.n_shots, self.flip_share = n_qubits, device, n_shots, flip_share
        self.encoding = Hypergraph() if encoding is None else encoding

    def circuit(self, x: Float[Tensor, " signs"], w: Float[Tensor, " signs"]) -> Circuit:
        """All gates for one input; what is measured is the last qubit."""
        n = self.n_qubits
        every = {name: [Gate(name, (q,)) for q in range(n)] for name in ("h", "x")}
        signs = [*self.encoding(self._signs("x", x)), *self.encoding(self._signs("w", w))]
        answer = Gate("x", tuple(range(n + 1)))
        return Circuit(n + 1, (*every["h"], *signs, *every["h"], *every["x"], answer))

    def __call__(
        self, x: Float[Tensor, "*batch signs"], w: Float[Tensor, " signs"], *, rng: Rng | None = None
    ) -> Float[Tensor, "*batch"]:
        """How often each input makes the neuron fire, by running its circuit.

        Args:
            x: inputs of -1 and 1.
            w: weights of -1 and 1.
            rng: stream ``shots`` measures; needed where there are shots.
        """
        rows = x.reshape(-1, x.shape[-1])
        chance = [self.circuit(row, w).probability(self.n_qubits, self.device) for row in rows]
        return self._measured(torch.tensor(chance, dtype=x.dtype, device=x.device).reshape(x.shape[:-1]), rng)

    def activation(
        self, x: Float[Tensor, "*batch signs"], w: Float[Tensor, " signs"], *, rng: Rng | None = None
    ) -> Float[Tensor, "*batch"]:
        """The same on a device without noise, by the formula instead of the circuit."""
        return self._measured((x @ w / 2**self.n_qubits) ** 2, rng)

    def taught(
        self, w: Float[Tensor, " signs"], x: Float[Tensor, " signs"], *, is_positive: bool, rng: Rng
    ) -> Float[Tensor, " signs"]:
        """Weights after a lesson on an input that was answered wrongly: some signs, drawn at random, are turned.

        For a positive input they are among those that differ from x or, if that is nearer to w, from -x; for a negative
        one among those that agree with it. Stream ``lessons`` draws.
        """
        nearer = x if x @ w >= 0 else -x
        candidates = torch.nonzero((w != nearer) if is_positive else (w == nearer)).flatten()
        n_turned = int(np.ceil(self.flip_share * len(candidates)))
        turned = candidates[torch.randperm(len(candidates), generator=rng("lessons"))[:n_turned]]
        return w.index_copy(0, turned, -w[turned])

    def _measured(self, chance: Tensor, rng: Rng | None) -> Tensor:
        if self.n_shots is None:
            return chance
        if rng is None:
            raise bad("QuantumPerceptron", "rng", "be given where there are shots", None)
        ones = rng.numpy("shots").binomial(self.n_shots, chance.double().clamp(0, 1).cpu().numpy())
        return torch.as_tensor(ones / self.n_shots).to(chance)

    def _signs(self, name: str, values: Tensor) -> np.ndarray:
        signs = values.detach().double().cpu().numpy()
        if signs.shape != (2**self.n_qubits,) or (abs(signs) != 1).any():
            raise bad("QuantumPerceptron", name, f"hold {2**self.n_qubits} signs of -1 and 1", signs.tolist())
        return signs
