"""Foundation of the desktop: theme, tasks, actions, notices, shared widgets and delegates."""
