"""Cafe24's Admin API of one mall: signed in, paced, and judged in one place."""
