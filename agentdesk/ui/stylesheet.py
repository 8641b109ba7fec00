"""The theme as Qt understands it: a palette and a style sheet for the standard controls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from agentdesk.ui.theme import Size, Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch

_ROLES: tuple[tuple[QPalette.ColorRole, str], ...] = (
    (QPalette.ColorRole.Window, "canvas"),
    (QPalette.ColorRole.WindowText, "ink"),
    (QPalette.ColorRole.Base, "surface"),
    (QPalette.ColorRole.AlternateBase, "raised"),
    (QPalette.ColorRole.Text, "ink"),
    (QPalette.ColorRole.Button, "surface"),
    (QPalette.ColorRole.ButtonText, "ink"),
    (QPalette.ColorRole.BrightText, "danger"),
    (QPalette.ColorRole.ToolTipBase, "ink"),
    (QPalette.ColorRole.ToolTipText, "surface"),
    (QPalette.ColorRole.PlaceholderText, "quiet"),
    (QPalette.ColorRole.Highlight, "accent"),
    (QPalette.ColorRole.HighlightedText, "on_accent"),
    (QPalette.ColorRole.Accent, "accent"),
    (QPalette.ColorRole.Link, "accent"),
    (QPalette.ColorRole.LinkVisited, "accent"),
    (QPalette.ColorRole.Light, "surface"),
    (QPalette.ColorRole.Midlight, "raised"),
    (QPalette.ColorRole.Mid, "hairline"),
    (QPalette.ColorRole.Dark, "edge"),
    (QPalette.ColorRole.Shadow, "edge"),
)


def palette_of(theme: Theme) -> QPalette:
    """Return the palette that Fusion paints `theme` with."""
    palette = QPalette()
    for role, token in _ROLES:
        palette.setColor(role, QColor(getattr(theme.colours, token)))
    disabled = QPalette.ColorGroup.Disabled
    for role in (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
    ):
        palette.setColor(disabled, role, QColor(theme.colours.disabled))
    palette.setColor(disabled, QPalette.ColorRole.Highlight, QColor(theme.colours.raised))
    return palette


def style_sheet(theme: Theme) -> str:
    """Return the style sheet of all standard controls; widgets of our own paint themselves.

    Buttons take their kind from the dynamic property `kind` (`primary`, `quiet`, `danger`); a field
    with `bad` has an edge of danger, one with `bare` has neither edge nor ground.
    """
    return "\n".join(
        (_grounds(theme), _buttons(theme), _fields(theme), _views(theme), _chrome(theme))
    )


def _grounds(theme: Theme) -> str:
    c = theme.colours
    return f"""
QMainWindow, QDialog {{ background: {c.canvas}; }}
QAbstractScrollArea {{ background: {c.surface}; border: none; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; }}
"""


def _buttons(theme: Theme) -> str:
    c, px = theme.colours, theme.px
    height, ring = px(Size.CONTROL), Size.RING.value
    inner = height - 2 * ring
    side = px(Space.M)
    hover_edge = c.ink if theme.is_high_contrast else c.edge
    link = "underline" if theme.is_high_contrast else "none"
    return f"""
QPushButton {{
  background: {c.surface}; color: {c.ink}; border: 1px solid {c.edge};
  border-radius: {px(Size.RADIUS)}px; min-height: {height - 2}px;
  padding: 0 {side}px; outline: none;
}}
QPushButton:hover {{ background: {c.raised}; border-color: {hover_edge}; }}
QPushButton:pressed, QPushButton:checked {{ background: {c.raised}; }}
QPushButton:focus {{
  border: {ring}px solid {c.accent}; min-height: {inner}px; padding: 0 {side - 1}px;
}}
QPushButton:disabled {{ color: {c.disabled}; border-color: {c.hairline}; }}
QPushButton[kind="primary"] {{
  background: {c.accent}; color: {c.on_accent}; border-color: {c.accent};
}}
QPushButton[kind="primary"]:hover, QPushButton[kind="primary"]:pressed {{
  background: {c.accent_hover}; border-color: {c.accent_hover};
}}
QPushButton[kind="primary"]:focus {{ border: {ring}px solid {c.ink}; }}
QPushButton[kind="primary"]:disabled {{
  background: {c.raised}; color: {c.disabled}; border-color: {c.raised};
}}
QPushButton[kind="quiet"] {{
  background: transparent; color: {c.accent}; border-color: transparent; padding: 0 {px(Space.S)}px;
}}
QPushButton[kind="quiet"]:hover, QPushButton[kind="quiet"]:pressed {{ background: {c.raised}; }}
QPushButton[kind="quiet"]:focus {{
  border: {ring}px solid {c.accent}; padding: 0 {px(Space.S) - 1}px;
}}
QPushButton[kind="quiet"]:disabled {{ color: {c.disabled}; }}
QPushButton[kind="link"] {{
  background: transparent; color: {c.accent}; border: {ring}px solid transparent;
  min-height: {px(Size.TARGET) - 2 * ring}px; padding: 0 {ring}px; text-align: left;
  text-decoration: {link};
}}
QPushButton[kind="link"]:hover {{ text-decoration: underline; }}
QPushButton[kind="link"]:focus {{ border-color: {c.accent}; }}
QPushButton[kind="link"]:disabled {{ color: {c.disabled}; }}
QPushButton[kind="danger"] {{ color: {c.danger}; }}
QPushButton[kind="danger"]:hover {{ background: {c.danger_soft}; border-color: {c.danger}; }}
QPushButton[kind="danger"]:focus {{ border: {ring}px solid {c.accent}; }}
QToolButton {{
  background: transparent; color: {c.ink}; border: {ring}px solid transparent;
  border-radius: {px(Size.RADIUS)}px; min-width: {px(Size.TARGET) - 2 * ring}px;
  min-height: {px(Size.TARGET) - 2 * ring}px; padding: 0;
}}
QToolButton:hover, QToolButton:checked {{ background: {c.raised}; }}
QToolButton:focus {{ border-color: {c.accent}; }}
QToolButton:disabled {{ color: {c.disabled}; }}
QToolButton::menu-indicator {{ image: none; }}
QCheckBox, QRadioButton {{
  background: transparent; color: {c.ink}; spacing: {px(Space.S)}px;
  min-height: {px(Size.TARGET) - 2 * ring}px; border: {ring}px solid transparent;
  border-radius: {px(Size.RADIUS)}px; outline: none; padding-right: {px(Space.XS)}px;
}}
QCheckBox:focus, QRadioButton:focus {{ border-color: {c.accent}; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {c.disabled}; }}
"""


def _fields(theme: Theme) -> str:
    c, px = theme.colours, theme.px
    height, ring = px(Size.CONTROL), Size.RING.value
    fields = "QLineEdit, QComboBox, QAbstractSpinBox, QDateTimeEdit"
    focused = ", ".join(f"{name}:focus" for name in fields.split(", "))
    return f"""
{fields} {{
  background: {c.surface}; color: {c.ink}; border: 1px solid {c.edge};
  border-radius: {px(Size.RADIUS)}px; min-height: {height - 2}px; padding: 0 {px(Space.S)}px;
  selection-background-color: {c.accent}; selection-color: {c.on_accent};
}}
{focused} {{
  border: {ring}px solid {c.accent}; min-height: {height - 2 * ring}px;
  padding: 0 {px(Space.S) - 1}px;
}}
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled {{
  color: {c.disabled}; background: {c.canvas}; border-color: {c.hairline};
}}
QLineEdit:read-only {{ background: {c.canvas}; }}
QLineEdit[bad="true"], QComboBox[bad="true"], QTextEdit[bad="true"], QPlainTextEdit[bad="true"] {{
  border-color: {c.danger};
}}
QLineEdit[bare="true"], QTextEdit[bare="true"], QPlainTextEdit[bare="true"] {{
  border: none; background: transparent; padding: 0;
}}
QTextEdit, QPlainTextEdit {{
  background: {c.surface}; color: {c.ink}; border: 1px solid {c.edge};
  border-radius: {px(Size.RADIUS)}px; padding: {px(Space.XS) + 1}px;
  selection-background-color: {c.accent}; selection-color: {c.on_accent};
}}
QTextEdit:focus, QPlainTextEdit:focus {{
  border: {ring}px solid {c.accent}; padding: {px(Space.XS)}px;
}}
QComboBox {{ padding-right: {px(Space.XL)}px; }}
QComboBox:focus {{ padding-right: {px(Space.XL) - 1}px; }}
QComboBox::drop-down {{ border: none; width: {px(Space.XL)}px; }}
QComboBox QAbstractItemView {{
  background: {c.surface}; color: {c.ink}; border: 1px solid {c.edge}; outline: none;
  selection-background-color: {c.accent_soft}; selection-color: {c.ink};
}}
QComboBox QAbstractItemView::item {{ min-height: {px(Size.ROW)}px; }}
"""


def _views(theme: Theme) -> str:
    c, px = theme.colours, theme.px
    chosen = c.accent if theme.is_high_contrast else c.accent_soft
    chosen_ink = c.on_accent if theme.is_high_contrast else c.ink
    return f"""
QListView, QTreeView, QTableView {{
  background: {c.surface}; color: {c.ink}; outline: none;
  border: {Size.RING.value}px solid transparent;
  gridline-color: {c.hairline}; alternate-background-color: {c.surface};
  selection-background-color: {chosen}; selection-color: {chosen_ink};
}}
QListView:focus, QTreeView:focus, QTableView:focus {{
  border-color: {c.accent};
}}
QListView[rows="own"], QListView[rows="own"]:focus {{ border: none; }}
QListView::item, QTreeView::item, QTableView::item {{
  min-height: {px(Size.ROW)}px; padding: 0 {px(Space.S)}px;
}}
QListView::item:hover, QTreeView::item:hover, QTableView::item:hover {{ background: {c.raised}; }}
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {{
  background: {chosen}; color: {chosen_ink};
}}
QHeaderView {{ background: {c.surface}; border: none; }}
QHeaderView::section {{
  background: {c.surface}; color: {c.quiet}; border: none;
  border-bottom: 1px solid {c.hairline}; padding: 0 {px(Space.M)}px 0 {px(Space.S) + 3}px;
  min-height: {px(Size.ROW)}px; text-align: left;
}}
QTableCornerButton::section {{ background: {c.surface}; border: none; }}
"""


def _chrome(theme: Theme) -> str:
    c, px = theme.colours, theme.px
    thumb = c.edge
    return f"""
QTabWidget::pane {{ border: none; border-top: 1px solid {c.hairline}; }}
QTabBar {{ background: transparent; border: none; }}
QTabBar::tab {{
  background: transparent; color: {c.quiet}; min-height: {px(Size.CONTROL)}px;
  padding: 0 {px(Space.M)}px; border: {Size.RING.value}px solid transparent;
}}
QTabBar::tab:hover {{ color: {c.ink}; }}
QTabBar::tab:selected {{ color: {c.ink}; border-bottom-color: {c.accent}; }}
QTabBar::tab:focus {{ border-color: {c.accent}; border-radius: {px(Size.RADIUS)}px; }}
QMenuBar {{ background: {c.canvas}; color: {c.ink}; }}
QMenu {{
  background: {c.surface}; color: {c.ink}; border: 1px solid {c.edge};
  padding: {px(Space.XS)}px 0;
}}
QMenu::item {{ min-height: {px(Size.ROW)}px; padding: 0 {px(Space.L)}px; }}
QMenu::icon {{ padding-left: {px(Space.S)}px; }}
QMenu::item:selected {{ background: {c.accent_soft}; color: {c.ink}; }}
QMenu::item:disabled {{ color: {c.disabled}; }}
QMenu::separator {{ height: 1px; background: {c.hairline}; margin: {px(Space.XS)}px 0; }}
QToolTip {{
  background: {c.ink}; color: {c.surface}; border: 1px solid {c.ink};
  padding: {px(Space.XS)}px {px(Space.S)}px;
}}
QScrollBar:vertical {{ background: transparent; width: {px(Space.M)}px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: {px(Space.M)}px; margin: 0; }}
QScrollBar::handle {{
  background: {thumb}; border-radius: {px(Space.XS) // 2}px; margin: {px(Space.XS)}px;
}}
QScrollBar::handle:vertical {{ min-height: {px(Space.XXL)}px; }}
QScrollBar::handle:horizontal {{ min-width: {px(Space.XXL)}px; }}
QScrollBar::handle:hover {{ background: {c.quiet}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QSplitter::handle {{ background: {c.hairline}; }}
QSplitter::handle:horizontal {{ width: 1px; }}
QSplitter::handle:vertical {{ height: 1px; }}
QSplitter::handle:hover {{ background: {c.accent}; }}
QProgressBar {{
  background: {c.raised}; border: none; border-radius: {px(Space.XS) // 2}px;
  max-height: {px(Space.XS)}px; min-height: {px(Space.XS)}px;
}}
QProgressBar::chunk {{ background: {c.accent}; border-radius: {px(Space.XS) // 2}px; }}
QGroupBox {{ border: none; margin-top: {px(Space.XL)}px; color: {c.quiet}; }}
QGroupBox::title {{ subcontrol-origin: margin; left: 0; }}
QStatusBar {{ background: {c.canvas}; color: {c.quiet}; }}
"""


def dress(app: QApplication, themes: ThemeSwitch) -> None:
    """Give the whole program the theme in force, and every later one as it comes."""
    app.setStyle(QStyleFactory.create("Fusion"))

    def restyle(theme: Theme) -> None:
        app.setFont(theme.font(TextRole.TEXT))
        app.setPalette(palette_of(theme))
        app.setStyleSheet(style_sheet(theme))

    themes.follow(restyle)


@contextmanager
def undressed(app: QApplication) -> Iterator[None]:
    """Build a window of many widgets within, two thirds faster; it is dressed at the end.

    With a style sheet in force Qt looks it up anew for a whole branch of widgets whenever the
    branch is hung onto another.
    """
    sheet = app.styleSheet()
    app.setStyleSheet("")
    try:
        yield
    finally:
        app.setStyleSheet(sheet)
