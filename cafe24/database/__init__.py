"""The SQL database: its address, its column types and its migrations."""
