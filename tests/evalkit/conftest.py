"""What the tests of evalkit share."""

from __future__ import annotations

import pytest


@pytest.fixture
def one_thread():
    """torch computes with one thread: small networks are then quicker, and a busy machine disturbs them less."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
