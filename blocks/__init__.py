"""Configuration in Prefect: what opens the core, and what puts everything in place there."""
