"""Figures about dispatch: daily roll-ups, what they say over any range of days, and their exports."""
