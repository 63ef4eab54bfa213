"""Words and figures in sentences for people."""


def counted(count: int, single: str, several: str = "") -> str:
    """A count with its noun: 1 learner, 1,234 learners."""
    return f"{count:,} {single if count == 1 else several or f'{single}s'}"
