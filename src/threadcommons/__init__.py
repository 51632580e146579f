"""Threads in, open and reciprocal datasets out: every row carries its papers."""
