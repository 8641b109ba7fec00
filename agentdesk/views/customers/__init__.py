"""The Customers screen: browse, search, look and edit."""
