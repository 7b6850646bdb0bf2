"""What every test shares."""

import jaxtyping
import pytest

ABOUT_BAD_INPUT = ("bad", "refused", "without_a_finite_row")


@pytest.fixture(autouse=True)
def _our_own_errors_speak(request, monkeypatch):
    """Tests of bad input are about the library's errors: the shape hook, which users do not run, stays silent."""
    if any(word in request.node.name for word in ABOUT_BAD_INPUT):
        monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
