"""A deterministic simulation of desks, Central, the network between them and the people at them."""
