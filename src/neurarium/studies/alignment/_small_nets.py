"""Small nets that name digits: the systems that the alignment framework measures, bridges and brings together."""

import torch
import torch.nn.functional as F

from neurarium.tasks import digits


class SmallNet(torch.nn.Module):
    """Rectified layers, then a linear read-out of `hidden`, the last of them; `drive` is what that one rectifies."""

    def __init__(self, widths, rng):
        super().__init__()
        self.layers = torch.nn.ModuleList(_linear(n, m, rng) for n, m in zip((64, *widths), (*widths, 10), strict=True))

    def drive(self, x):
        for layer in self.layers[:-2]:
            x = layer(x).relu()
        return self.layers[-2](x)

    def hidden(self, x):
        return self.drive(x).relu()

    def forward(self, x):
        return self.layers[-1](self.hidden(x))

    def fit(self, x, y, *, n_updates, lr, extra=None):
        """Cross-entropy on all of `x` at once, plus what `extra` says of the net."""
        optimiser = torch.optim.Adam(self.parameters(), lr=lr)
        for _ in range(n_updates):
            optimiser.zero_grad()
            loss = F.cross_entropy(self(x), y)
            (loss if extra is None else loss + extra(self)).backward()
            optimiser.step()
        return self

    @torch.no_grad()
    def is_right(self, x, y):
        return self(x).argmax(1) == y


def _linear(n_in, n_out, rng):
    layer = torch.nn.utils.skip_init(torch.nn.Linear, n_in, n_out)
    with torch.no_grad():
        layer.weight.normal_(0, (2 / n_in) ** 0.5, generator=rng("weights"))
        layer.bias.zero_()
    return layer


def images(rng):
    """Training and held-out images as rows of pixels, in an order of their own, with their labels."""
    found = digits(rng=rng.child("digits"))
    train, test = (torch.randperm(len(y), generator=rng("order")) for y in (found.train_y, found.test_y))
    return found.train_x.flatten(1)[train], found.train_y[train], found.test_x.flatten(1)[test], found.test_y[test]
