"""What this LMS refuses: one sentence a person can act on, a code a test can name, and an HTTP status."""


class Refusal(Exception):
    """A request or an upload is refused.

    `status` is the HTTP status, `code` a stable word, `sentence` what to show.
    """

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
