"""What goes over the wire: requests as Vault reads them, answers as it writes them."""
