"""A mall's products in SQL: read, compared, written, counted."""
