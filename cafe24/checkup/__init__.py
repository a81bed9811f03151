"""What `manage.py doctor` looks at: one room for each kind of thing."""
