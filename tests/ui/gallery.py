"""Every widget on one picture per theme and text size: `python -m tests.ui.gallery FOLDER`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QLineEdit,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from agentdesk.ui.delegates.customer import CustomerDelegate
from agentdesk.ui.delegates.palette import PaletteDelegate
from agentdesk.ui.delegates.timeline import TimelineDelegate
from agentdesk.ui.icons import Icon
from agentdesk.ui.notices import Banner, Notice, NoticeBar
from agentdesk.ui.palette_model import PaletteModel
from agentdesk.ui.stylesheet import dress
from agentdesk.ui.theme import Space, TextRole, Tone
from agentdesk.ui.theme_switch import ThemeChoice, ThemeSwitch
from agentdesk.ui.widgets.alert import AlertStrip
from agentdesk.ui.widgets.buttons import Button, ButtonKind, IconButton
from agentdesk.ui.widgets.chip import Chip, ChoiceChip
from agentdesk.ui.widgets.choices import CheckBox, Segmented, Toggle
from agentdesk.ui.widgets.empty import EmptyState
from agentdesk.ui.widgets.face import Face
from agentdesk.ui.widgets.fields import ComboBox, LabelledField, SearchField
from agentdesk.ui.widgets.flow import Flow
from agentdesk.ui.widgets.frames import Ground, Hairline, Panel, row
from agentdesk.ui.widgets.keyhint import KeyHint
from agentdesk.ui.widgets.meter import Meter
from agentdesk.ui.widgets.phrase import PhraseRow
from agentdesk.ui.widgets.progress import ProgressStrip
from agentdesk.ui.widgets.quotation import Quotation
from agentdesk.ui.widgets.rail import RailButton
from agentdesk.ui.widgets.status import StatusPill
from agentdesk.ui.widgets.tables import RowList
from agentdesk.ui.widgets.text import Label, Paragraph, SectionCaption
from tests.ui.samples import customers, sections, timeline


@dataclass(frozen=True)
class SampleWords:
    """Words of a fault for the banner."""

    what: str = "Central did not answer"
    meaning: str = "What you write is kept on this desk and sent later."
    next_step: str = "Check the network, then try again."
    code: str = "server-unreachable"


def card(themes: ThemeSwitch) -> Panel:
    """Return the first glance: face, name, how to say it, badges, alerts."""
    panel = Panel(themes, framed=True, padding=Space.L, gap=Space.M)
    head = row(gap=themes.theme.px(Space.M))
    face = Face(themes)
    face.show_person("018f-anna", "Anna Wiśniewska-Kowalczyk")
    head.addWidget(face, 0, Qt.AlignmentFlag.AlignTop)
    names = QVBoxLayout()
    names.setSpacing(0)
    names.addWidget(Paragraph(themes, "Anna Wiśniewska-Kowalczyk", TextRole.NAME, max_lines=2))
    names.addWidget(Label(themes, "AN-na veesh-NYEF-ska", TextRole.QUIET))
    names.addWidget(Label(themes, "Mrs Wiśniewska · she · Polish · 14:05 in Gdańsk"))
    head.addLayout(names, 1)
    panel.body.addLayout(head)
    chips = Flow(themes)
    chips.add(Chip(themes, "VIP", Tone.ACCENT, glyph=Icon.VIP))
    chips.add(Chip(themes, "Do not call", Tone.DANGER, glyph=Icon.DO_NOT_CALL))
    chips.add(Chip(themes, "Loyal", glyph=Icon.LOYAL))
    chips.add(Chip(themes, "Verified by date of birth", Tone.GOOD, glyph=Icon.VERIFIED))
    chips.add(Chip(themes, "Под угрозой ухода", Tone.WARN, glyph=Icon.AT_RISK))
    panel.body.addWidget(chips)
    panel.body.addWidget(
        AlertStrip(
            themes,
            "We promised a call back by yesterday 17:00; nobody has called.",
            Tone.DANGER,
            action="Show promise",
        )
    )
    panel.body.addWidget(
        AlertStrip(themes, "Обращается в третий раз за 48 часов по одному и тому же вопросу.")
    )
    panel.body.addWidget(AlertStrip(themes, "Birthday on Friday.", Tone.INFO, glyph=Icon.BIRTHDAY))
    panel.body.addWidget(SectionCaption(themes, "Already told us"))
    panel.body.addWidget(Paragraph(themes, "Restarted the router twice.\nHas read the FAQ."))
    panel.body.addWidget(Paragraph(themes, "שלום, זה בוב <b>not bold</b>", quiet=True))
    panel.body.addStretch(1)
    return panel


def playbook(themes: ThemeSwitch) -> Panel:
    """Return the pieces of the playbook panel."""
    panel = Panel(themes, framed=True, padding=Space.L, gap=Space.M)
    panel.body.addWidget(SectionCaption(themes, "Say first"))
    panel.body.addWidget(
        Quotation(themes, "Good afternoon, Mrs Wiśniewska. With us since 2009, thank you.", hue=265)
    )
    panel.body.addWidget(Quotation(themes, "Hi Bob, how did the match go on Sunday?", hue=60))
    panel.body.addWidget(Meter(themes, "Very likely: opened with “Hi, it's Bob”", 0.86))
    panel.body.addWidget(Meter(themes, "40 of 100 EUR left this month", 0.4, Tone.WARN))
    panel.body.addWidget(SectionCaption(themes, "Phrases"))
    phrase = PhraseRow(themes, "I will call you back on Friday before noon, Mrs Wiśniewska.")
    panel.body.addWidget(phrase)
    said = PhraseRow(
        themes, "Я сам доведу это до конца и позвоню вам завтра до двенадцати часов дня."
    )
    said.click()
    panel.body.addWidget(said)
    hues = Flow(themes)
    for hue in range(0, 360, 30):
        face = Face(themes, 28)
        face.show_person(f"id-{hue}", f"A{chr(66 + hue // 30)} Żak{hue}")
        hues.add(face)
    panel.body.addWidget(hues)
    for hue in (20, 140, 220, 320):
        panel.body.addWidget(Quotation(themes, f"Hue {hue}", hue=hue))
    panel.body.addStretch(1)
    return panel


def forms(themes: ThemeSwitch) -> Panel:
    """Return buttons and fields."""
    panel = Panel(themes, Ground.CANVAS, padding=Space.L, gap=Space.M)
    buttons = Flow(themes, gap=Space.S)
    buttons.add(Button(themes, "Save note", ButtonKind.PRIMARY))
    buttons.add(Button(themes, "Zapisz & zamknij", glyph=Icon.NOTE))
    buttons.add(Button(themes, "Someone else", ButtonKind.QUIET, glyph=Icon.PEOPLE))
    buttons.add(Button(themes, "Remove fact", ButtonKind.DANGER, glyph=Icon.REMOVE))
    off = Button(themes, "Not now")
    off.setEnabled(False)
    buttons.add(off)
    buttons.add(IconButton(themes, Icon.HEAR, "Hear the name"))
    buttons.add(IconButton(themes, Icon.MENU, "More"))
    panel.body.addWidget(buttons)
    panel.body.addWidget(SearchField(themes, "Search people and actions", shortcut="Ctrl+K"))
    name = LabelledField(themes, "Preferred name", QLineEdit("Bob"), hint="As the person says it.")
    panel.body.addWidget(name)
    number = LabelledField(themes, "Number", QLineEdit("12-34"))
    number.show_error("This is not a number of any country. Begin with + and the country code.")
    panel.body.addWidget(number)
    box = ComboBox(themes)
    box.addItems(["Polski", "Русский", "English"])
    panel.body.addWidget(LabelledField(themes, "Language", box))
    panel.body.addWidget(CheckBox(themes, "May be called in the evening"))
    ticked = CheckBox(themes, "Согласие на обработку персональных данных")
    ticked.setChecked(True)
    panel.body.addWidget(ticked)
    panel.body.addWidget(Toggle(themes, "Follow the system's theme"))
    on = Toggle(themes, "Zmniejsz ilość ruchu")
    on.setChecked(True)
    panel.body.addWidget(on)
    sides = [("light", "Light"), ("dark", "Dark"), ("contrast", "High contrast")]
    panel.body.addWidget(Segmented(themes, "Theme", sides, "dark"))
    kinds = Flow(themes)
    kinds.add(ChoiceChip(themes, "Hometown", glyph=Icon.HOMETOWN))
    kinds.add(ChoiceChip(themes, "Family", glyph=Icon.FAMILY))
    chosen = ChoiceChip(themes, "Likes", glyph=Icon.LIKE, checkable=True)
    chosen.setChecked(True)
    kinds.add(chosen)
    kinds.add(KeyHint(themes, "Ctrl+Shift+F"))
    panel.body.addWidget(kinds)
    note = QPlainTextEdit("Asks for the manual in large print.")
    note.setMaximumHeight(themes.theme.px(80))
    panel.body.addWidget(note)
    panel.body.addStretch(1)
    return panel


def chrome(themes: ThemeSwitch) -> Panel:
    """Return rail, status, notices, tables and an empty state."""
    panel = Panel(themes, Ground.CANVAS, padding=Space.L, gap=Space.M)
    pill = StatusPill(themes)
    pill.show_status("All saved centrally", Tone.GOOD, Icon.CLOUD_OK)
    waiting = StatusPill(themes)
    waiting.show_status("3 waiting, offline since 10:42", Tone.WARN, Icon.CLOUD_OFF)
    line = row(gap=8)
    line.addWidget(pill)
    line.addWidget(waiting)
    line.addStretch(1)
    panel.body.addLayout(line)
    rail = row()
    for glyph, words, count in (
        (Icon.DESK, "Desk", 0),
        (Icon.CUSTOMERS, "Customers", 0),
        (Icon.PROMISE, "Promises", 7),
        (Icon.SYNC, "Sync", 120),
        (Icon.PREFERENCES, "Настройки", 0),
    ):
        button = RailButton(themes, glyph, words)
        button.set_count(count)
        button.setChecked(words == "Desk")
        rail.addWidget(button)
    rail.addStretch(1)
    panel.body.addLayout(rail)
    panel.body.addWidget(Hairline(themes))
    banner = Banner(themes)
    banner.show_words(SampleWords(), action="Try again")
    panel.body.addWidget(banner)
    bar = NoticeBar(themes)
    bar.show_notice(Notice("Fact removed.", undo=lambda: None))
    panel.body.addWidget(bar)
    strip = ProgressStrip(themes)
    strip.show_progress("Importing 1,200 of 9,000", 0.13, "about 2 minutes left")
    panel.body.addWidget(strip)
    tabs = QTabWidget()
    table = QTableWidget(3, 3)
    table.setHorizontalHeaderLabels(["Name", "Number", "Last contact"])
    table.verticalHeader().hide()
    table.setShowGrid(False)
    for index, name in enumerate(("Bob Stone", "Анна Кузнецова", "Żaneta Gżegżółka")):
        table.setItem(index, 0, QTableWidgetItem(name))
        table.setItem(index, 1, QTableWidgetItem("+48 601 111 117"))
        table.setItem(index, 2, QTableWidgetItem("yesterday"))
    table.selectRow(1)
    tabs.addTab(table, "Timeline")
    tabs.addTab(QWidget(), "Playbook")
    panel.body.addWidget(tabs, 1)
    panel.body.addWidget(
        EmptyState(
            themes,
            "Calls you missed will be here",
            "Nobody is waiting for you just now.",
            glyph=Icon.MISSED,
            action="Simulate a call",
        )
    )
    return panel


def lists(themes: ThemeSwitch) -> Panel:
    """Return the rows that delegates paint."""
    panel = Panel(themes, gap=Space.S)
    line = row(gap=24)
    for name, model, delegate in (
        ("Timeline", timeline(), TimelineDelegate),
        ("Customers", customers(), CustomerDelegate),
    ):
        view = RowList(themes, name)
        model.setParent(view)
        view.setModel(model)
        view.setItemDelegate(delegate(themes, view))
        view.setCurrentIndex(model.index(1, 0))
        view.setMinimumHeight(themes.theme.px(440))
        if name == "Customers":
            view.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        line.addWidget(view, 3 if name == "Timeline" else 2)
    found = PaletteModel(panel)
    found.show_sections(sections(""))
    view = RowList(themes, "Palette")
    view.setModel(found)
    view.setItemDelegate(PaletteDelegate(themes, view))
    view.setCurrentIndex(found.index(1, 0))
    line.addWidget(view, 2)
    mirrored = RowList(themes, "Right to left")
    mirrored.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    rows = timeline()
    rows.setParent(mirrored)
    mirrored.setModel(rows)
    mirrored.setItemDelegate(TimelineDelegate(themes, mirrored))
    line.addWidget(mirrored, 3)
    panel.body.addLayout(line)
    return panel


def gallery(themes: ThemeSwitch) -> QWidget:
    """Return a page with every widget."""
    page = Panel(themes, Ground.CANVAS)
    grid = QGridLayout()
    grid.setContentsMargins(24, 24, 24, 24)
    grid.setSpacing(24)
    for index, part in enumerate((card, playbook, forms, chrome)):
        grid.addWidget(part(themes), 0, index)
        grid.setColumnStretch(index, 1)
    page.body.addLayout(grid)
    page.body.addWidget(lists(themes))
    return page


def main(folder: Path) -> None:
    """Write the pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication(sys.argv[:1])
    themes = ThemeSwitch(ThemeChoice.LIGHT)
    dress(app, themes)
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.HIGH_CONTRAST):
        for scale in (1.0, 1.5):
            themes.choose(choice)
            themes.set_text_scale(scale)
            page = gallery(themes)
            page.resize(int(1640 * scale), 10)
            page.ensurePolished()
            page.resize(int(1640 * scale), max(page.heightForWidth(page.width()), 900))
            page.grab().save(str(folder / f"{choice.value}-{round(scale * 100)}.png"))
            page.deleteLater()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
