"""One answer of the API, whole, before it is sent."""

from msgspec import Struct

Headers = list[tuple[bytes, bytes]]


class Answer(Struct):
    """One answer of the application, whole."""

    status: int
    headers: Headers
    body: bytes = b""

    def get(self, name: bytes) -> bytes | None:
        """The value of a header, whose name is in lower case."""
        return next((value for key, value in self.headers if key == name), None)

    def set(self, name: bytes, value: bytes) -> None:
        """Set a header in place of whatever it was."""
        self.headers = [pair for pair in self.headers if pair[0] != name]
        self.headers.append((name, value))

    def vary(self, *names: bytes) -> None:
        """Say that the answer depends on these headers of the request, too."""
        given = self.get(b"vary")
        self.set(b"vary", b", ".join([given, *names] if given else names))
