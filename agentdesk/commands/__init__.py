"""The commands of `agentdesk`, one module per family; each is imported when it is called."""
