"""A receiver of traces, as an operator would run one: OTLP over HTTP, protobuf and all."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class Receiver:
    """What has come in so far."""

    url: str
    spans: list[Span] = field(default_factory=list)
    resources: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)

    def wait_for(self, is_wanted: Callable[[Span], bool]) -> Span:
        """The first span that is wanted."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for span in list(self.spans):
                if is_wanted(span):
                    return span
            time.sleep(0.02)
        raise AssertionError(f"no such span among {sorted({span.name for span in self.spans})}")

    def children_of(self, parent: Span) -> list[str]:
        return [span.name for span in self.spans if span.parent_span_id == parent.span_id]


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            asked = ExportTraceServiceRequest.FromString(body)
            receiver.bodies.append(body)
            receiver.paths.add(self.path)
            for resource in asked.resource_spans:
                about = {each.key: each.value.string_value for each in resource.resource.attributes}
                receiver.resources.append(about)
                for scope in resource.scope_spans:
                    receiver.spans.extend(scope.spans)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def attributes_of(span: Span) -> dict[str, str | int]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
