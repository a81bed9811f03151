"""`python -m sandbox mall|vault|slack --port N`: one server, one JSON line when ready."""

import argparse

from sandbox import mall, slack, vault


def main() -> None:
    """Serve the part of the embedded world that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    for name, part in {"mall": mall, "vault": vault, "slack": slack}.items():
        command = parts.add_parser(name, help=part.__doc__)
        command.add_argument("--port", type=int, default=0, help="0 takes a free one")
        part.add_arguments(command)
        command.set_defaults(run=part.run)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
