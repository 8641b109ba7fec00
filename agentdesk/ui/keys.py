"""Keys as people call them: the platform's own names, with Enter for what Qt calls Return."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

from agentdesk.i18n import tr

_NATIVE = QKeySequence.SequenceFormat.NativeText
_RETURN = QKeySequence("Return").toString(_NATIVE)


def keys_of(shortcut: str | QKeySequence) -> list[str]:
    """Return the keys of a shortcut ("Ctrl+Return" in portable form), one by one, as on a cap."""
    native = QKeySequence(shortcut).toString(_NATIVE)
    keys = native.replace("++", "+\0").split("+")
    shown = ["+" if key == "\0" else key for key in keys if key]
    # Nearly every keyboard calls the large key Enter, and so does the guide.
    return [tr("Enter") if key == _RETURN else key for key in shown]


def keys_words(shortcut: str | QKeySequence) -> str:
    """Return a shortcut in one line: "Ctrl+Enter"; "" for none."""
    return "+".join(keys_of(shortcut))
