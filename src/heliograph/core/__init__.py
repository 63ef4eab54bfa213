"""What every part stands on: ids, clock, errors, tokens, storage, XML, partitions and the embedded database.

Nothing here knows a course, a learner or an organization; every other part may import it.
"""
