"""The demo: Central with the demo company, one desk signed in to it, and a call coming in."""
