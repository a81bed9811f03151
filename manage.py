#!/usr/bin/env python3
"""The operator's command line: `.venv/bin/python manage.py COMMAND`."""

import sys

from cli.main import main

if __name__ == "__main__":
    sys.exit(main())
