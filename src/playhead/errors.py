"""What an operator can mend."""


class OperatorError(Exception):
    """Its message says what is wrong, and what would help, in one line."""
