"""Rows for delegates to paint: people and contacts in three languages and both directions."""

from __future__ import annotations

from PySide6.QtGui import QStandardItem, QStandardItemModel

from agentdesk.ui.icons import Icon
from agentdesk.ui.palette_model import PaletteItem, PaletteSection
from agentdesk.ui.roles import CustomerRole, TimelineEntry, TimelineRole
from agentdesk.ui.theme import Tone

CONTACTS: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("call", "Bill for October", "Asked why the amount doubled; explained.", "10:42", "Solved", ""),
    (
        "email",
        "Жалоба на доставку",
        "Посылку обещали во вторник, её всё ещё нет.",
        "9:15",
        "",
        "Сердится",
    ),
    ("promise", "Oddzwonić w piątek przed południem", "W sprawie faktury.", "8:50", "Open", ""),
    ("chat", "שאלה על החשבון", "הלקוח שאל מתי יגיע הטכנאי הביתה.", "8:02", "", "Calm"),
    (
        "visit",
        "Ein sehr langer Betreff, der nie und nimmer in eine Zeile passt",
        "…",
        "7:30",
        "Sold",
        "Happy",
    ),
)


def timeline() -> QStandardItemModel:
    """Return two days of contacts; the second is not sent yet."""
    model = QStandardItemModel()
    for day in ("Today", "Yesterday, Friday 20 November"):
        header = QStandardItem()
        header.setData(day, TimelineRole.DAY)
        model.appendRow(header)
        for number, (channel, subject, summary, time, disposition, mood) in enumerate(CONTACTS):
            row = QStandardItem()
            entry = TimelineEntry(
                *(channel, subject, summary),
                *(disposition, Tone.GOOD),
                *(mood, Tone.WARN),
                unsent=number == 1,
            )
            row.setData(entry, TimelineRole.ENTRY)
            row.setData(day, TimelineRole.DAY)
            row.setData(time, TimelineRole.TIME)
            model.appendRow(row)
    return model


def customers() -> QStandardItemModel:
    """Return people as a search for "an" finds them."""
    model = QStandardItemModel()
    for name, number, why, badge, ranges in (
        ("Anna Wiśniewska", "+48 601 111 117", "name", "VIP", ((0, 2),)),
        (
            "Иван Анатольевич Кузнецов",
            "+7 495 123-45-67",
            "name in another alphabet",
            "",
            ((5, 2),),
        ),
        ("אבי כהן", "+972 2 123 4567", "e-mail", "", ()),
        (
            "Johannes Quittenbaum-Fürstenfeldbruck",
            "",
            "mentioned in an e-mail of 3 May",
            "",
            ((2, 2),),
        ),
    ):
        row = QStandardItem()
        for role, value in (
            (CustomerRole.ID, name),
            (CustomerRole.NAME, name),
            (CustomerRole.NUMBER, number),
            (CustomerRole.WHY, why),
            (CustomerRole.BADGE, badge),
            (CustomerRole.NAME_RANGES, ranges),
        ):
            row.setData(value, role)
        model.appendRow(row)
    return model


def sections(words: str) -> list[PaletteSection]:
    """Return actions and people whose text holds `words`, as a provider would."""
    actions = (
        PaletteItem("note.save", "Save note", icon=Icon.CHECK, shortcut="Ctrl+Return"),
        PaletteItem("sync.now", "Sync now", icon=Icon.SYNC, shortcut="F5"),
    )
    people = (
        PaletteItem("1", "Anna Wiśniewska", "+48 601 111 117", face_id="1", ranges=((0, 2),)),
        PaletteItem("2", "Анна Кузнецова", "+7 495 123-45-67", face_id="2"),
    )
    found = [
        PaletteSection("people", "People", people),
        PaletteSection("actions", "Actions", actions),
    ]
    return [
        PaletteSection(
            section.id,
            section.caption,
            tuple(item for item in section.items if words.casefold() in item.text.casefold()),
        )
        for section in found
    ]
