"""Actions, declared once: menus, buttons, palette and the shortcuts page all come from here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from agentdesk.i18n import mark, tr
from agentdesk.ui.keys import keys_words


@dataclass(frozen=True)
class ActionContext:
    """Where an action works; `title` is a marked text for the shortcuts page."""

    id: str
    title: str


WINDOW = ActionContext("window", mark("Everywhere"))
"""Works on every screen, so its shortcuts may not be used again in any other context."""


@dataclass(frozen=True)
class ActionSpec:
    """What an action is, apart from what it does.

    `text` and `keywords` are marked (`i18n.mark`) and translated where shown; `keywords` is a
    sentence of words that somebody may type instead of the text. `shortcut` is in Qt's portable
    form ("Ctrl+Return"), empty for none. `icon` is a name of `ui.icons.Icon`.
    """

    id: str
    text: str
    shortcut: str = ""
    context: ActionContext = WINDOW
    icon: str = ""
    keywords: str = ""


@dataclass(frozen=True)
class ActionEntry:
    """An action as lists show it, in the language and state of the moment."""

    id: str
    text: str
    shortcut: str
    context: str
    icon: str
    keywords: str
    enabled: bool


@dataclass(frozen=True)
class _Bound:
    spec: ActionSpec
    action: QAction
    enabled: Callable[[], bool] | None


class DuplicateActionError(ValueError):
    """An id or a shortcut is declared twice in one context: a mistake of the program."""


def check_declarations(specs: Iterable[ActionSpec]) -> None:
    """Raise `DuplicateActionError` where two of `specs` share an id, or a shortcut in reach."""
    seen: list[ActionSpec] = []
    for spec in specs:
        _check_among(seen, spec)
        seen.append(spec)


def _check_among(others: Iterable[ActionSpec], spec: ActionSpec) -> None:
    for other in others:
        if spec.id == other.id:
            raise DuplicateActionError(f"action {spec.id} is declared twice")
        if _clash(spec, other):
            raise DuplicateActionError(f"{spec.id} and {other.id} both use {spec.shortcut}")


def _clash(one: ActionSpec, other: ActionSpec) -> bool:
    if not one.shortcut or _keys(one.shortcut) != _keys(other.shortcut):
        return False
    return one.context == other.context or WINDOW in (one.context, other.context)


@lru_cache(maxsize=256)
def _keys(shortcut: str) -> str:
    """Return a shortcut in the one form that Qt writes it in."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.PortableText)


class Actions(QObject):
    """The actions of one window, bound to what they do."""

    triggered = Signal(str)
    """The action with this id was carried out."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bound: dict[str, _Bound] = {}

    def bind(
        self,
        spec: ActionSpec,
        handler: Callable[[], object],
        *,
        scope: QWidget,
        enabled: Callable[[], bool] | None = None,
    ) -> QAction:
        """Make the action of `spec`, working while `scope` or a child of it has the keyboard.

        For `WINDOW` actions `scope` is the window, and the shortcut works all over it. `enabled`
        is asked again on every `refresh()`. The action leaves the lists when `scope` is destroyed.
        """
        _check_among((bound.spec for bound in self._bound.values()), spec)
        action = QAction(scope)
        action.setObjectName(spec.id)
        if spec.shortcut:
            action.setShortcut(QKeySequence(spec.shortcut))
        action.setShortcutContext(
            Qt.ShortcutContext.WindowShortcut
            if spec.context == WINDOW
            else Qt.ShortcutContext.WidgetWithChildrenShortcut
        )
        action.triggered.connect(lambda: self._carry_out(spec.id, handler))
        scope.addAction(action)
        action.destroyed.connect(lambda: self._bound.pop(spec.id, None))
        self._bound[spec.id] = _Bound(spec, action, enabled)
        self._describe(self._bound[spec.id])
        self.refresh(spec.id)
        return action

    def action(self, action_id: str) -> QAction:
        """Return the QAction for menus and buttons; `KeyError` when it is not bound."""
        return self._bound[action_id].action

    def spec(self, action_id: str) -> ActionSpec:
        """Return the declaration of a bound action; `KeyError` when it is not bound."""
        return self._bound[action_id].spec

    def trigger(self, action_id: str) -> bool:
        """Carry the action out, as the palette does; False when it is disabled just now."""
        self.refresh(action_id)
        action = self._bound[action_id].action
        if not action.isEnabled():
            return False
        action.trigger()
        return True

    def refresh(self, action_id: str | None = None) -> None:
        """Ask the `enabled` predicates again: of one action, or of all when the state changed."""
        chosen = self._bound.values() if action_id is None else [self._bound[action_id]]
        for bound in chosen:
            if bound.enabled is not None:
                bound.action.setEnabled(bound.enabled())

    def retranslate(self) -> None:
        """Write the texts again after the language changed."""
        for bound in self._bound.values():
            self._describe(bound)

    def entries(self) -> list[ActionEntry]:
        """Return all bound actions in the order they were bound, for palette and shortcuts page."""
        self.refresh()
        return [self._entry(bound) for bound in self._bound.values()]

    def find(self, words: str) -> list[ActionEntry]:
        """Return enabled actions in which every one of `words` begins a word, best first.

        Those found by their text stand before those found by a keyword.
        """
        wanted = words.casefold().split()
        by_text, by_keyword = [], []
        for entry in self.entries():
            if not entry.enabled:
                continue
            if _begins(wanted, entry.text):
                by_text.append(entry)
            elif _begins(wanted, f"{entry.text} {entry.keywords} {entry.context}"):
                by_keyword.append(entry)
        return by_text + by_keyword

    def _carry_out(self, action_id: str, handler: Callable[[], object]) -> None:
        handler()
        self.triggered.emit(action_id)

    @staticmethod
    def _entry(bound: _Bound) -> ActionEntry:
        spec = bound.spec
        return ActionEntry(
            id=spec.id,
            text=tr(spec.text),
            shortcut=keys_words(bound.action.shortcut()),
            context=tr(spec.context.title),
            icon=spec.icon,
            keywords=tr(spec.keywords),
            enabled=bound.action.isEnabled(),
        )

    @staticmethod
    def _describe(bound: _Bound) -> None:
        text = tr(bound.spec.text)
        bound.action.setText(text.replace("&", "&&"))
        shortcut = keys_words(bound.action.shortcut())
        bound.action.setToolTip(f"{text} ({shortcut})" if shortcut else text)


def _begins(wanted: list[str], text: str) -> bool:
    words = text.casefold().split()
    return all(any(word.startswith(part) for word in words) for part in wanted)
