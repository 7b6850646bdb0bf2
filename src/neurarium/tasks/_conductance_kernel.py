"""A soma with branches whose synapses open conductances, simulated trial by trial."""

from __future__ import annotations

from typing import no_type_check

import numpy as np

from neurarium.core.kernels import compiled

SUBSTEPS = 5  # Euler steps in a millisecond
REST, EXCITATORY, INHIBITORY = -70.0, 0.0, -75.0  # reversal potentials, mV
THRESHOLD, RESET, REFRACTORY_STEPS = -50.0, -65.0, 3
TAU_AMPA, TAU_NMDA, TAU_GABA = 2.0, 50.0, 8.0  # ms
# Conductances over capacitance, 1/ms: leak of branch and soma, opened by one spike, between branch and soma.
LEAK, LEAK_SOMA = 0.1, 0.05
OPENS_AMPA, OPENS_NMDA, OPENS_GABA = 0.05, 0.08, 0.06
TO_BRANCH, TO_SOMA = 0.05, 0.02


@compiled()
@no_type_check
def simulate(excite, inhibit, z, v):
    """Fill `z` and `v` ``(trials, time)`` from counts ``(trials, time, branches)`` of spikes in each millisecond.

    ``V_b' = -g_L (V_b - E_L) - (g_A + g_N B(V_b)) V_b - g_G (V_b - E_G) + g_c (V_s - V_b)``, g decaying exponentially,
    ``B(V) = 1 / (1 + exp(-0.062 V) / 3.57)``;  ``V_s' = -g_s (V_s - E_L) + g_b Σ_b (V_b - V_s)``, a spike at threshold.
    """
    n_trials, n_steps, n_branches = excite.shape
    dt = 1.0 / SUBSTEPS
    keep_a, keep_n, keep_g = np.exp(-dt / TAU_AMPA), np.exp(-dt / TAU_NMDA), np.exp(-dt / TAU_GABA)
    for trial in range(n_trials):
        branch, soma, silent = np.full(n_branches, REST), REST, 0
        ampa, nmda, gaba = np.zeros(n_branches), np.zeros(n_branches), np.zeros(n_branches)
        for at in range(n_steps):
            for b in range(n_branches):
                ampa[b] += OPENS_AMPA * excite[trial, at, b]
                nmda[b] += OPENS_NMDA * excite[trial, at, b]
                gaba[b] += OPENS_GABA * inhibit[trial, at, b]
            for _ in range(SUBSTEPS):
                pull = 0.0
                for b in range(n_branches):
                    vb = branch[b]
                    block = 1.0 / (1.0 + np.exp(-0.062 * vb) / 3.57)
                    change = LEAK * (REST - vb) + (ampa[b] + nmda[b] * block) * (EXCITATORY - vb)
                    change += gaba[b] * (INHIBITORY - vb) + TO_BRANCH * (soma - vb)
                    pull += vb - soma
                    branch[b] = vb + dt * change
                    ampa[b] *= keep_a
                    nmda[b] *= keep_n
                    gaba[b] *= keep_g
                soma += dt * (LEAK_SOMA * (REST - soma) + TO_SOMA * pull)
                if silent > 0:
                    soma = RESET
            silent = max(silent - 1, 0)
            v[trial, at] = min(soma, THRESHOLD)
            if soma >= THRESHOLD:
                z[trial, at] = 1.0
                soma, silent = RESET, REFRACTORY_STEPS
