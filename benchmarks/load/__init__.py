"""What a fleet of thousands of malls costs, with Prefect and everything around it."""
