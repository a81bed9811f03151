"""What only a sandbox has: /__sandbox__/, where a test gives orders and reads the truth."""
