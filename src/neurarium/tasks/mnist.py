"""MNIST from its own files."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import NeurariumError
from neurarium.tasks._files import find_data, local_data
from neurarium.tasks._idx import read_idx
from neurarium.tasks._images import Images

HOME = "https://ossci-datasets.s3.amazonaws.com/mnist/"  # the copy PyTorch loads; checksums are the published ones
SHA256 = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
PARTLY = (
    "only the 10,000 MNIST test images were found: every fifth is the test set here (2,000), the rest the training "
    "set (8,000); accuracies do not compare with those of the 60,000/10,000 split"
)


@task(
    summary="MNIST: handwritten digits of 28 by 28 pixels, 60,000 to train on and 10,000 to test.",
    source="real",
    paper="doi:10.1109/5.726791",
    tags=("images", "classification"),
)
def mnist() -> Images:
    """MNIST, from ``$NEURARIUM_DATA/mnist``, the user's cache, or the network, each file checked by its sha256.

    Where the test images are at hand and the training images are not, nothing is downloaded: the 10,000 are split
    8,000/2,000 and `note` says so. Every fifth image is held out rather than the last 2,000, because the first half
    of the file is known to be easier than the second; both parts then share their writers.

    Raises:
        NeurariumError: when a file is damaged, or missing and cannot be fetched; the message holds the line that
            fetches it.

    Example:
        >>> images = mnist()                       # doctest: +SKIP
        >>> images.train_x.shape, images.note      # doctest: +SKIP
        (torch.Size([60000, 28, 28]), '')

    Paper: LeCun, Bottou, Bengio and Haffner 1998, doi:10.1109/5.726791.
    """
    if _is_here("t10k") and not _is_here("train"):
        x, y = _read("t10k")
        is_test = torch.arange(len(y)) % 5 == 4
        return Images(x[~is_test], y[~is_test], x[is_test], y[is_test], n_classes=10, note=PARTLY)
    return Images(*_read("train"), *_read("t10k"), n_classes=10)


def _names(part: str) -> tuple[str, str]:
    return f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz"


def _is_here(part: str) -> bool:
    return all(local_data(f"mnist/{n}", url=HOME + n, sha256=SHA256[n]) for n in _names(part))


def _read(part: str) -> tuple[Float[Tensor, "n height width"], Int64[Tensor, " n"]]:
    images, labels = (find_data(f"mnist/{n}", url=HOME + n, sha256=SHA256[n]) for n in _names(part))
    x, y = read_idx(images, n_axes=3), read_idx(labels, n_axes=1)
    if len(x) != len(y):
        raise NeurariumError(f"mnist: {images} holds {len(x)} images and {labels} {len(y)} labels. Fetch both again.")
    return torch.tensor(x, dtype=torch.float32) / 255, torch.tensor(y, dtype=torch.int64)
