"""What people see who open the sandbox in a browser."""
