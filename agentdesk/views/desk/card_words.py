"""What the card says, in words: the line under the name, badges, alerts, facts, history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency

from agentdesk.domain.alerts import Alert, AlertKind, is_stale
from agentdesk.domain.areas import Area
from agentdesk.domain.entities import (
    ContactKind,
    ContactPoint,
    Customer,
    Fact,
    LoyaltyStage,
    Purchase,
    Standing,
    TechnicalLevel,
)
from agentdesk.domain.labels import label
from agentdesk.domain.names import default_address, for_display
from agentdesk.domain.phone import format_for_display
from agentdesk.i18n import tr, trn
from agentdesk.services.cards import Card, Satisfaction
from agentdesk.ui.icons import Icon, fact_icon
from agentdesk.ui.theme import Tone
from agentdesk.views import times
from agentdesk.views.desk.icon_lines import Line

NAME_CHARS = 200
_TEXT_CHARS = 600


@dataclass(frozen=True)
class Badge:
    """One chip under the name."""

    text: str
    tone: Tone = Tone.NEUTRAL
    glyph: Icon | None = None


@dataclass(frozen=True)
class AlertWords:
    """An alert as its strip shows it."""

    text: str
    tone: Tone
    glyph: Icon
    action: str


def shown_name(customer: Customer) -> str:
    """Return the name as the person writes it, safe to show."""
    return for_display(customer.full_name, NAME_CHARS)


def language_name(code: str, viewer: str) -> str:
    """Return the name of a language (BCP 47) in the viewer's language, or the code itself."""
    try:
        name = Locale.parse(code, sep="-").get_display_name(times.locale_of(viewer).language)
    except (UnknownLocaleError, ValueError):
        return for_display(code, 20)
    return name[:1].upper() + name[1:] if name else for_display(code, 20)


def local_time(customer: Customer, now: datetime) -> str:
    """Return what time it is where the customer lives, with the town; "" if not known."""
    if not customer.time_zone:
        return ""
    try:
        there = now.astimezone(ZoneInfo(customer.time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    town = customer.hometown or customer.time_zone.rsplit("/", 1)[-1].replace("_", " ")
    time = f"{there:%H:%M}"
    return tr("%(time)s in %(town)s", time=time, town=for_display(town, 40))


def how_to_say(customer: Customer) -> str:
    """Return respelling and IPA in one line; "" if neither is known."""
    parts = []
    if customer.respelling:
        parts.append(for_display(customer.respelling, 120))
    if customer.ipa:
        ipa = for_display(customer.ipa.strip("/[]"), 120).replace(" ", "\u00a0")
        parts.append(f"/\u2060{ipa}/")
    return "   ".join(parts)


def about_line(customer: Customer, now: datetime, language: str) -> str:
    """Return form of address · pronouns · language · local time, what is known of it."""
    parts = [
        for_display(default_address(customer, (customer.language or language)[:2]), 80),
        for_display(customer.pronouns or "", 40),
        language_name(customer.language, language) if customer.language else "",
        local_time(customer, now),
    ]
    return " · ".join(part for part in parts if part)


def badges(card: Card) -> list[Badge]:
    """Return the chips under the name, what matters most first."""
    who, found = card.customer, []
    if card.area is Area.LEFT:
        found.append(Badge(tr("No longer in your area"), Tone.WARN, Icon.HOMETOWN))
    elif card.area is Area.VISITING:
        found.append(Badge(tr("From outside your area"), Tone.INFO, Icon.HOMETOWN))
    if who.do_not_call:
        found.append(Badge(tr("Do not call"), Tone.DANGER, Icon.DO_NOT_CALL))
    if who.vip:
        found.append(Badge(tr("VIP"), Tone.ACCENT, Icon.VIP))
    if who.standing in (Standing.AT_RISK, Standing.DANGLING):
        found.append(Badge(label(who.standing), Tone.WARN, Icon.AT_RISK))
    if who.loyalty_stage not in (None, LoyaltyStage.CUSTOMER):
        found.append(Badge(label(who.loyalty_stage), glyph=Icon.LOYAL))
    if who.technical_level is TechnicalLevel.EXPERT:
        found.append(Badge(label(who.technical_level), Tone.INFO, Icon.TECHNICAL))
    elif who.technical_level is TechnicalLevel.NOVICE:
        found.append(Badge(label(who.technical_level), glyph=Icon.TECHNICAL))
    if who.company:
        found.append(Badge(for_display(who.company, 60), glyph=Icon.ORGANISATION))
    return found


def alert_words(alert: Alert, now: datetime, language: str) -> AlertWords:
    """Return the sentence, tone and action of an alert."""
    text = for_display(alert.text or "", 160)
    match alert.kind:
        case AlertKind.PROMISE_BROKEN:
            late = times.due(alert.at or now, now, language)
            words = tr("Promised for %(time)s and not done: %(text)s", time=late, text=text)
            return AlertWords(words, Tone.DANGER, Icon.PROMISE, tr("Mark kept"))
        case AlertKind.PROMISE_DUE:
            due = times.due(alert.at or now, now, language)
            words = tr("Promised for %(time)s: %(text)s", time=due, text=text)
            return AlertWords(words, Tone.WARN, Icon.PROMISE, tr("Mark kept"))
        case AlertKind.COMPLAINT_OPEN:
            since = times.short_ago(alert.at or now, now, language)
            words = tr(
                "Do not sell: complaint open since %(time)s, %(text)s", time=since, text=text
            )
            return AlertWords(words, Tone.DANGER, Icon.FLAG, tr("Show case"))
        case AlertKind.REPEAT_CONTACT:
            words = trn(
                "In touch %(n)d time within 48 hours",
                "In touch %(n)d times within 48 hours",
                alert.count,
            )
            return AlertWords(words, Tone.WARN, Icon.HABIT, tr("Show contacts"))
        case AlertKind.BIRTHDAY:
            return AlertWords(_birthday(alert.days), Tone.INFO, Icon.BIRTHDAY, tr("Copy wishes"))
        case AlertKind.STALE_FACT:
            words = tr("Not confirmed for a year: %(text)s", text=text)
            return AlertWords(words, Tone.INFO, Icon.UNCONFIRMED, tr("Still true"))


def _birthday(days: int) -> str:
    if days == 0:
        return tr("Birthday today")
    if days == 1:
        return tr("Birthday tomorrow")
    return trn("Birthday in %(n)d day", "Birthday in %(n)d days", days)


def fact_text(fact: Fact) -> str:
    """Return what a fact says, safe to show."""
    return for_display(fact.text, _TEXT_CHARS)


def fact_origin(fact: Fact, now: datetime, language: str, me: str) -> str:
    """Return who learned a fact, when, and when it was last confirmed."""
    parts = []
    if fact.learned_at is not None:
        on = times.day(fact.learned_at.astimezone().date(), language, now.astimezone().date())
        own = fact.learned_by == me
        parts.append(
            tr("You learned this on %(date)s", date=on) if own else tr("Learned %(date)s", date=on)
        )
    if fact.interaction_id:
        parts.append(tr("during a contact"))
    confirmed = fact.confirmed_at
    if confirmed is not None and confirmed != fact.learned_at:
        on = times.day(confirmed.astimezone().date(), language, now.astimezone().date())
        parts.append(tr("confirmed %(date)s", date=on))
    if is_stale(fact, now):
        parts.append(tr("not confirmed for a year"))
    return " · ".join(parts)


def common_ground(card: Card) -> list[Line]:
    """Return what operator and customer share."""
    return [
        Line(for_display(shared.what, 120), glyph=fact_icon(shared.kind.value))
        for shared in card.common_ground
    ]


def told_us(card: Card, now: datetime, language: str) -> list[Line]:
    """Return what the customer has tried or answered already."""
    return [
        Line(
            for_display(step.text, 240),
            " · ".join(
                part
                for part in (
                    for_display(step.outcome or "", 120),
                    times.short_ago(step.tried_at, now, language),
                )
                if part
            ),
            Icon.CHECK,
        )
        for step in card.steps_tried[:8]
    ]


def cases(card: Card, now: datetime, language: str) -> list[Line]:
    """Return the open cases, complaints with a flag."""
    return [
        Line(
            for_display(case.subject, 200),
            tr(
                "No. %(number)s · %(state)s since %(time)s",
                number=for_display(case.number, 30),
                state=label(case.state).lower(),
                time=times.short_ago(case.opened_at, now, language),
            ),
            Icon.FLAG if case.complaint else Icon.CASE,
            Tone.DANGER if case.complaint else Tone.NEUTRAL,
        )
        for case in card.open_cases
    ]


def purchase(bought: Purchase | None, now: datetime, language: str) -> list[Line]:
    """Return the last purchase in one line."""
    if bought is None:
        return []
    remark = times.short_ago(bought.purchased_at, now, language)
    if bought.amount_minor is not None and bought.currency:
        locale = times.locale_of(language)
        price = format_currency(bought.amount_minor / 100, bought.currency, locale=locale)
        remark = f"{price} · {remark}"
    return [Line(for_display(bought.product, 160), remark, Icon.PURCHASE)]


def satisfaction(told: Satisfaction, language: str) -> list[Line]:
    """Return how satisfied the customer was lately."""
    mean = told.mean
    if mean is None:
        return []
    shown = f"{mean:.1f}".replace(
        ".", str(times.locale_of(language).number_symbols["latn"]["decimal"])
    )
    words = tr("%(mean)s of 5", mean=shown)
    count = len(told.ratings)
    remark = trn("from %(n)d rating", "from the last %(n)d ratings", count)
    tone = Tone.GOOD if mean >= 4 else Tone.WARN if mean < 3 else Tone.NEUTRAL
    return [Line(words, remark, Icon.INTEREST, tone)]


CONTACT_ICONS: dict[ContactKind, Icon] = {
    ContactKind.PHONE: Icon.PHONE,
    ContactKind.EMAIL: Icon.EMAIL,
    ContactKind.ADDRESS: Icon.HOMETOWN,
    ContactKind.HANDLE: Icon.SOCIAL,
    ContactKind.OTHER: Icon.LINK,
}


def contact_text(point: ContactPoint, region: str, *, as_typed: bool) -> tuple[str, str]:
    """Return a way to reach somebody as it is shown, and the remark beside it."""
    value = for_display(point.value, 300)
    if point.kind is ContactKind.PHONE and point.e164 and not as_typed:
        value = format_for_display(point.e164, region, point.extension)
    parts = [for_display(point.label or "", 40), tr("shared line") if point.shared else ""]
    return value, " · ".join(part for part in parts if part)
