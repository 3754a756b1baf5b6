"""`rustworthy.compare`: functions compared from Python, as `rustworthy compare` does."""

from .calling import compare
from .result import CompareError, Comparison, Contender, Estimate

__all__ = ["CompareError", "Comparison", "Contender", "Estimate", "compare"]
