"""How the stand-in says no."""


class No(Exception):
    """An answer that is no: its status, and the words and code in it."""

    def __init__(self, http: int, message: str, code: str, next_step: str = "") -> None:
        super().__init__(message)
        self.http = http
        self.message = message
        self.code = code
        self.next_step = next_step or "Ensure that the value(s) you're passing are valid."
