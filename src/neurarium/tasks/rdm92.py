"""RDMs of 92 images: human brains, human judgements, and models."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from neurarium.core.card import task
from neurarium.core.errors import NeurariumError
from neurarium.tasks._files import find_data

COMMIT = "f1f83cadb7243492a1aae7460466e0f0140b20ac"
HOME = f"https://raw.githubusercontent.com/rsagroup/rsatoolbox/{COMMIT}/demos/92imageData/"
# What is read of each file, and its checksum.
FILES = {
    "brain": ("92_brainRDMs.mat", "1743f90a15e895798a94318649e80e1123a7e5943a1703fa1dd7c31ea5780b7c"),
    "behaviour": ("92_behavRDMs.mat", "7a8e118c144c3840adeeeef6ea0706a0be2b3e80df719af15fbb56fc62562f5f"),
    "models": ("92_modelRDMs.mat", "e1d2b58bb2f9508bc13da4c81b94d1ab07823b25ed30b9563bd9d6d730c2a00a"),
}
N_IMAGES = 92

RDMs = dict[str, Float64[np.ndarray, "images images"]]


class RDM92(NamedTuple):
    """Dissimilarities of the same 92 images by name.

    Attributes:
        brain: fMRI of human inferior temporal cortex (hIT), 4 subjects by 2 sessions; correlation distances.
        behaviour: 16 subjects who arranged the images by similarity.
        models: animacy, categories, monkey IT (cells), and computer vision: HMAX, V1, RADON, silhouettes.
    """

    brain: RDMs
    behaviour: RDMs
    models: RDMs


@task(
    summary="Dissimilarities of 92 images for human IT, human judgements, monkey IT and models.",
    source="real",
    paper="doi:10.1016/j.neuron.2008.10.043",
    tags=("rdm", "vision", "brain"),
)
def rdm92() -> RDM92:
    """The RDMs of Kriegeskorte et al. (2008) and Mur et al. (2013), from their MATLAB files (version 5).

    Images: 48 animate (human and other bodies and faces), then 44 inanimate (natural and made by man).

    Raises:
        NeurariumError: when a file is damaged, or missing and cannot be fetched; the message holds the line that
            fetches it.

    Example:
        >>> data = rdm92()                                    # doctest: +SKIP
        >>> len(data.brain), data.models["HMAX"].shape        # doctest: +SKIP
        (8, (92, 92))

    Paper: Kriegeskorte et al. 2008, doi:10.1016/j.neuron.2008.10.043.
    """
    found = {
        kind: _read(find_data(f"rdm92/{name}", url=HOME + name, sha256=sha256))
        for kind, (name, sha256) in FILES.items()
    }
    return RDM92(**found)


def _read(path: Path) -> RDMs:
    """Each RDM of the one array of structures in a file, by the name it has there.

    Raises:
        NeurariumError: for a file of another kind.
    """
    try:
        (records,) = (value for name, value in loadmat(path).items() if not name.startswith("__"))
        found = {str(record["name"][0]): record["RDM"].astype(np.float64) for record in records.flat}
    except (MatReadError, ValueError, TypeError, IndexError, NotImplementedError) as error:
        raise NeurariumError(f"{path}: not an array of named RDMs in MATLAB's format ({error}).") from error
    for name, values in found.items():
        if values.shape != (N_IMAGES, N_IMAGES) or not np.array_equal(values, values.T):
            raise NeurariumError(f"{path}: {name!r} is no RDM of {N_IMAGES} images, but {values.shape}.")
    return found
