"""The program's log: what happened, without anything that a person said or is."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from agentdesk.errors import AgentDeskError

_OURS = "agentdesk"
_MOST_BYTES = 1024 * 1024
_KEPT_FILES = 5

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def log_to(path: Path, level: int = logging.INFO) -> None:
    """Write what the program logs from `level` on to `path`, in place of any earlier file.

    The file is made when there is something to write, and rotated. A log that cannot be written
    never disturbs the work.
    """
    handler = _QuietFile(
        path, maxBytes=_MOST_BYTES, backupCount=_KEPT_FILES, encoding="utf-8", delay=True
    )
    handler.setFormatter(_Discreet())
    _put_in_place(handler, level)


def log_to_terminal(level: int = logging.DEBUG) -> None:
    """Write the same to standard error instead, for somebody who watches."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Discreet())
    _put_in_place(handler, level)


def stop_logging() -> None:
    """Close what `log_to` and `log_to_terminal` opened."""
    ours, root = logging.getLogger(_OURS), logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h.formatter, _Discreet)]:
        root.removeHandler(handler)
        handler.close()
    ours.setLevel(logging.NOTSET)


def _put_in_place(handler: logging.Handler, level: int) -> None:
    stop_logging()
    # Libraries are heard from warnings on alone; `_Discreet` tells where they come from and
    # leaves out their words, which may quote addresses, values and headers.
    handler.addFilter(lambda record: _is_ours(record) or record.levelno >= logging.WARNING)
    logging.getLogger().addHandler(handler)
    logging.getLogger(_OURS).setLevel(level)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == _OURS or record.name.startswith(f"{_OURS}.")


class _Discreet(logging.Formatter):
    """Formats our own messages in full, and of exceptions where they happened, not their words.

    Our own errors carry codes and harmless parameters; the text of any other exception may
    quote what a customer said.
    """

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)sZ %(levelname)s %(process)d %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, and the place of an exception beneath it."""
        told = logging.makeLogRecord(record.__dict__)
        # Another handler may have left its own, talkative text of the exception here.
        told.exc_text = None
        if not _is_ours(record):
            told.msg, told.args = f"at {record.module}:{record.lineno}", ()
        return super().format(told)

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - logging's name
        """Return the frames and the types of an exception and of its causes."""
        lines: list[str] = []
        error: BaseException | None = ei[1]
        while error is not None:
            code = error.code.value if isinstance(error, AgentDeskError) else ""
            told = f" [{code}]" if code else ""
            lines.append(f"{type(error).__module__}.{type(error).__qualname__}{told}")
            lines += [
                f"  {frame.filename}:{frame.lineno} in {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)
            ]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)


class _QuietFile(RotatingFileHandler):
    """A log file that several processes may share and that fails without a word."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; makes the folder first."""
        if self.stream is None:
            with suppress(OSError):
                Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        super().emit(record)

    def doRollover(self) -> None:  # noqa: N802 - logging's name
        """Rotate, unless another process holds the file (on Windows) or has just done it."""
        with suppress(OSError):
            super().doRollover()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Let it go: there is nowhere left to say it."""
