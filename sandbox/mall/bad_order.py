"""What control cannot do."""


class BadOrder(Exception):
    """One line that says what is wrong with an order, and what would be right.

    Nothing was done.
    """
