"""`python -m sandbox mall|vault|slack --port N`: one server, one JSON line when ready."""

import argparse
from collections.abc import Sequence

from sandbox import mall, slack, vault

_PORTS = 65_536
_MOST_DIGITS = 6


def main(words: Sequence[str] | None = None) -> None:
    """Serve the part of the embedded world that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    for name, part in {"mall": mall, "vault": vault, "slack": slack}.items():
        command = parts.add_parser(name, help=part.__doc__)
        command.add_argument("--port", type=_port, default=0, help="0 takes a free one")
        part.add_arguments(command)
        command.set_defaults(run=part.run)
    arguments = parser.parse_args(words)
    arguments.run(arguments)


def _port(text: str) -> int:
    if text.isascii() and text.isdecimal() and int(text[:_MOST_DIGITS]) < _PORTS:
        return int(text[:_MOST_DIGITS])
    raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 0 to {_PORTS - 1}")


if __name__ == "__main__":
    main()
