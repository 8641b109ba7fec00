"""Central: the CRM API that all desks sync with."""
