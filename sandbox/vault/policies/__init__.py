"""Policies: the files, the rules in them, and which rule decides."""
