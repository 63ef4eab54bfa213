"""Completion receipts: signed proofs that anybody can verify."""
