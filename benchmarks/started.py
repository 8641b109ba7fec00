"""Starts `benchmarks.window` as `agentdesk desktop` starts: with the collector standing still."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Open the window and serve the requests."""
    gc.disable()
    from benchmarks import window

    return window.main()


if __name__ == "__main__":
    sys.exit(main())
