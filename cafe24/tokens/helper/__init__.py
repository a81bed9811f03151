"""The process that spends tokens for a flow run, and outlives it if it must."""
