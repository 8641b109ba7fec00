"""What AgentDesk knows about people and rules; no files, no windows, no SQL."""
