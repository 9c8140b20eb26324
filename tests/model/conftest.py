# SPDX-License-Identifier: BSD-3-Clause
import pytest

from chip import Chip


@pytest.fixture
def chip():
    it = Chip()
    yield it
    it.close()
