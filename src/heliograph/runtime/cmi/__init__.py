"""The SCORM run-time data models: which elements there are, what they take, and what a SCO's data means in
the end.

One JSON table per standard says everything about its elements; `table` reads it, `values` judges values by
it, `model` is the data of one SCO, and `outcome` tells its result. The browser's modules, beside the tables,
read the same files.
"""

from heliograph.runtime.cmi.model import CallResult, DataModel
from heliograph.runtime.cmi.outcome import ScoOutcome, Score, outcome, resume
from heliograph.runtime.cmi.table import Standard, Table, load_table
from heliograph.runtime.cmi.time import format_duration, parse_duration

__all__ = [
    "CallResult",
    "DataModel",
    "ScoOutcome",
    "Score",
    "Standard",
    "Table",
    "format_duration",
    "load_table",
    "outcome",
    "parse_duration",
    "resume",
]
