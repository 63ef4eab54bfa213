"""Sequencing: what the learner gets next, as one pure function ``step(tree, state, event)``.

The tree is an organization of a version's structure, the state what an attempt remembers, the event what
happened. Nothing here knows Django, a clock or a database, so the rules can be tested by tables and run
anywhere.
"""

from heliograph.runtime.sequencing.model import ActivityOutcome, Event, Step, Tree
from heliograph.runtime.sequencing.simple import step

__all__ = ["ActivityOutcome", "Event", "Step", "Tree", "step"]
