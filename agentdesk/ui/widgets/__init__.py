"""Widgets that screens are made of; each takes the `ThemeSwitch` first and paints plain text."""
