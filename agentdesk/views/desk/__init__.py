"""The Desk screen: call bar, card, timeline, playbook, note box, wrap-up."""
