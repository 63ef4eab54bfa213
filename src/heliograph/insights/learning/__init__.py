"""How learners do in courses: funnels, times, scores, questions and paths, of whoever is registered, with a
dispatch or without.
"""
