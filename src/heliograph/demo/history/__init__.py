"""Ninety days of history: some learners are played with the product's own actions, at the moments of their
story (`playing`); the others are copies of them, with ids, names and times of their own (`copying`).
"""
