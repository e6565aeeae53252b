"""``python -m exchange.probe`` prints the list of all checks, as ``docs/probe.md`` has it."""

import sys

from exchange.probe.report import as_document

if __name__ == "__main__":
    sys.stdout.write(as_document())
