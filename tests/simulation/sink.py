"""What the program logs while it is simulated, and where its failures came from."""

from __future__ import annotations

import logging
from types import TracebackType


class Sink(logging.Handler):
    """Takes all that is logged; `last` tells where the last exception that was logged arose."""

    def __init__(self) -> None:
        super().__init__()
        self.last = ""
        self._before: tuple[list[logging.Handler], bool] = ([], True)

    def __enter__(self) -> None:
        logger = logging.getLogger("agentdesk")
        self._before = (logger.handlers, logger.propagate)
        logger.handlers, logger.propagate = [self], False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        logger = logging.getLogger("agentdesk")
        logger.handlers, logger.propagate = self._before

    def emit(self, record: logging.LogRecord) -> None:
        """Remember the place of an exception."""
        if record.exc_info and record.exc_info[1] is not None:
            self.last = place(record.exc_info[1])


def place(error: BaseException) -> str:
    """Return where an error comes from; its message may quote what somebody typed."""
    trace = error.__traceback__
    found: list[str] = []
    while trace is not None:
        found.append(f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} in {' > '.join(found[-4:])}"
