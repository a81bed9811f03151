"""What the project's speed is measured by, against a floor in the same run."""
