"""What is measured of quantum perceptrons: circuits against their formula, and runs of training."""

import itertools

import numpy as np
import torch
from scipy.stats import binom

from neurarium.neurons import NoisyDevice, QuantumPerceptron


def every_pair():
    """All 256 pairs of inputs and weights of two qubits."""
    vectors = torch.tensor(list(itertools.product((1.0, -1.0), repeat=4)), dtype=torch.float64)
    return [(x, w) for x in vectors for w in vectors]


def random_pairs(n, n_qubits, generator):
    signs = torch.from_numpy(generator.choice([-1.0, 1.0], (n, 2, 2**n_qubits)))
    return [(x, w) for x, w in signs]


def against_formula(vectors, encoding, n_shots, rng, device=None):
    """Whether each measured p is in the 95 % interval of the formula's, and the exact circuit's largest error."""
    n_qubits = len(vectors[0][0]).bit_length() - 1
    exact = QuantumPerceptron(n_qubits=n_qubits, encoding=encoding)
    shots = QuantumPerceptron(n_qubits=n_qubits, encoding=encoding, device=device, n_shots=n_shots)
    inside, errors = [], []
    for x, w in vectors:
        p = exact.activation(x, w).item()
        low, high = binom.interval(0.95, n_shots, p)
        inside.append(low <= round(shots(x, w, rng=rng).item() * n_shots) <= high)
        errors.append(abs(exact(x, w).item() - p))
    return inside, max(errors)


def ranking(vectors, encoding, noise, n_shots, rng):
    """Chance that of two pairs with different p the one with the greater is measured as such."""
    neuron = QuantumPerceptron(n_qubits=2, encoding=encoding, device=NoisyDevice(**noise), n_shots=n_shots)
    p = np.array([((x @ w).item() / 4) ** 2 for x, w in vectors])
    measured = np.array([neuron(x, w, rng=rng).item() for x, w in vectors])
    greater = p[:, None] > p
    gap = (measured[:, None] - measured)[greater]
    return ((gap > 0) + 0.5 * (gap == 0)).mean()


def gates(vectors, encoding):
    """Mean numbers of gates on several qubits, and of two-qubit gates once they are broken up."""
    neuron = QuantumPerceptron(n_qubits=len(vectors[0][0]).bit_length() - 1, encoding=encoding)
    circuits = [neuron.circuit(x, w) for x, w in vectors]
    return np.mean([c.n_multiple for c in circuits]), np.mean([c.n_two_qubit for c in circuits])


def examples(target, n_positive, n_negative, generator):
    """Vectors with p above a half for `target` and others, in random order, with their labels."""
    m, positive = len(target), []
    chance = np.array([1, m, m * (m - 1) / 2])  # as many vectors as differ in 0, 1 and 2 signs
    for n_turned in generator.choice(3, n_positive, p=chance / chance.sum()):
        x = target * generator.choice([-1.0, 1.0])
        x[generator.permutation(m)[:n_turned]] *= -1
        positive.append(x)
    negative = generator.choice([-1.0, 1.0], (2 * n_negative, m))
    negative = negative[(negative @ target / m) ** 2 <= 0.5][:n_negative]
    order = generator.permutation(n_positive + len(negative))
    return np.concatenate([positive, negative])[order], (order < n_positive)


def trained(target, scale, rng, is_shuffled=False):
    """Fidelity to the target after training, and the lessons that it took."""
    generator = rng.numpy("examples")
    target = generator.choice([-1.0, 1.0], 16) if target is None else np.array(target, dtype=float)
    x, labels = examples(target, *scale.n_examples, generator)
    labels = generator.permutation(labels) if is_shuffled else labels
    x, labels, target = torch.from_numpy(x), torch.from_numpy(labels), torch.from_numpy(target)
    neuron = QuantumPerceptron(n_qubits=4, n_shots=scale.n_shots)
    w = torch.from_numpy(generator.choice([-1.0, 1.0], 16))
    n_lessons = n_right = at = 0
    while n_right < len(x) and n_lessons < scale.n_lessons:
        asked = (at + torch.arange(min(128, len(x) - n_right))) % len(x)
        is_wrong = (neuron.activation(x[asked], w, rng=rng) > 0.5) != labels[asked]
        if not is_wrong.any():
            n_right, at = n_right + len(asked), at + len(asked)
            continue
        first = int(is_wrong.nonzero()[0])
        w = neuron.taught(w, x[asked[first]], is_positive=bool(labels[asked[first]]), rng=rng)
        n_right, at, n_lessons = 0, at + first + 1, n_lessons + 1
    return ((w @ target / 16) ** 2).item(), n_lessons
