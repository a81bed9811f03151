"""The product tables: what is a row, what is kept beside it, and how a page is written."""
