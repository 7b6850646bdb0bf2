"""Bad input is refused by our own check, or before it by the shape hook where the tests run under it."""

import contextlib
import re

import jaxtyping
import pytest

from neurarium.core.errors import NeurariumError


@pytest.fixture
def refuses():
    """``with refuses(message):`` expects a NeurariumError that says so, or the hook's verdict on the type."""

    @contextlib.contextmanager
    def expect(message):
        with pytest.raises((NeurariumError, jaxtyping.TypeCheckError)) as caught:
            yield
        if isinstance(caught.value, NeurariumError):
            assert re.search(message, str(caught.value))

    return expect
