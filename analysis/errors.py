"""The one kind of error that ends the tool with a message."""


class UserError(Exception):
    """Something that the user can mend; the message says what, where, and what would be right."""
