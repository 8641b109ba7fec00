"""The playbooks that come with the program, read from its resources."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from agentdesk.domain.playbook import Playbook, decode_playbook


@lru_cache(maxsize=1)
def shipped_playbooks() -> tuple[Playbook, ...]:
    """Return every shipped playbook in every language, by key and then by language.

    Works from a checkout and from an installed wheel. Reads files the first time it is
    called, so call it on a worker; raises UserError if a file is not a playbook.
    """
    folder = resources.files("agentdesk") / "resources" / "playbooks"
    found = [
        decode_playbook(entry.read_bytes())
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    ]
    return tuple(sorted(found, key=lambda playbook: (playbook.key, playbook.language)))


def in_language(playbooks: tuple[Playbook, ...], language: str) -> tuple[Playbook, ...]:
    """Return one playbook per type: in `language`, else in English, else in any."""

    def preference(playbook: Playbook) -> tuple[bool, bool, str]:
        return (playbook.language != language, playbook.language != "en", playbook.language)

    best: dict[str, Playbook] = {}
    for playbook in sorted(playbooks, key=preference):
        best.setdefault(playbook.key, playbook)
    return tuple(best[key] for key in sorted(best))
