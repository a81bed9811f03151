"""What a mall sells: invented from a seed or given in a file, and changed by control."""
