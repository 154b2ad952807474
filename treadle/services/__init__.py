"""The one seam through which a Task reaches anything: local functions, mocks, AWS."""

from __future__ import annotations

from treadle.services.integrations import aws
from treadle.services.local import functions
from treadle.services.mocks import answer, config, error, mock, sequence
from treadle.services.router import Router

__all__ = ["Router", "answer", "aws", "config", "error", "functions", "mock", "sequence"]
