"""The stories: one flow a file."""
