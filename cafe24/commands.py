"""The commands that messages tell a person to type, as they are typed in the project's folder."""

MANAGE = ".venv/bin/python manage.py"
START_WORKER = "PREFECT_WORKER_QUERY_SECONDS=1 .venv/bin/prefect worker start --pool cafe24"
