"""A mall's products: read page by page, compared, counted; `tables` holds them."""
