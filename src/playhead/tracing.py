"""Spans for OpenTelemetry, where an operator wants them; else nothing is loaded or measured.

A span says what was done and how long it took. It never holds SQL, parameters, tokens, paths or
the texts of errors: those may tell of visitors, or open something.
"""

import contextvars
import functools
import inspect
import os
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from playhead import __version__
from playhead.errors import OperatorError

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, SpanKind, Tracer

AsgiApp = Callable[..., Awaitable[None]]
Given = ParamSpec("Given")
Result = TypeVar("Result")

# Those of OpenTelemetry itself, which its exporter reads.
_VARIABLES: Final = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"
_LAST_SPANS_MAY_TAKE_S: Final = 1.0

_NOTHING: Final = nullcontext()
_tracer: "Tracer | None" = None


class TracesUnavailableError(OperatorError):
    """Traces are wanted, and what makes them is not installed."""


@contextmanager
def exported(address: str) -> Iterator[None]:
    """Send spans to an OTLP/HTTP receiver for as long as the context lasts, if one is named.

    Args:
        address: its URL, to which ``/v1/traces`` is added; empty: what OpenTelemetry's own
            variables say, or nobody's.

    Raises:
        TracesUnavailableError: the extra ``otel`` is not installed.
    """
    global _tracer  # noqa: PLW0603
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if disabled or not (address or any(os.environ.get(name) for name in _VARIABLES)):
        yield
        return
    provider = _provider(address)
    _tracer = provider.get_tracer("playhead", __version__)
    try:
        yield
    finally:
        _tracer = None
        # A receiver that is away must not hold up the end.
        last = threading.Thread(target=provider.shutdown, name="traces", daemon=True)
        last.start()
        last.join(_LAST_SPANS_MAY_TAKE_S)


def span(name: str, **attributes: int) -> AbstractContextManager[object]:
    """A span around what is done inside, a child of the one around it."""
    if _tracer is None:
        return _NOTHING
    return _begun(_tracer, name, attributes)


def spanned(name: str) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """A function whose every call is a span."""

    def decorate(function: Callable[Given, Result]) -> Callable[Given, Result]:
        @functools.wraps(function)
        def call(*args: Given.args, **kwargs: Given.kwargs) -> Result:
            with span(name):
                return function(*args, **kwargs)

        return call

    return decorate


def question() -> AbstractContextManager[object]:
    """A span around a question to the store, named after the function that asks our caller.

    Outside of other spans there is none: what is asked now and then would be nobody's.
    """
    if _tracer is None:
        return _NOTHING
    from opentelemetry.trace import SpanKind, get_current_span  # noqa: PLC0415

    frame = inspect.currentframe()
    asked = frame.f_back if frame else None
    asker = asked.f_back if asked else None
    if asker is None or not get_current_span().is_recording():
        return _NOTHING
    name = asker.f_code.co_qualname.replace(".<locals>", "")
    return _begun(_tracer, f"store {name}", {}, kind=SpanKind.CLIENT)


def carried(function: Callable[[], Result]) -> Callable[[], Result]:
    """The function, for another thread, whose spans belong to the one that is open here."""
    if _tracer is None:
        return function
    return functools.partial(contextvars.copy_context().run, function)


def traced(app: AsgiApp) -> AsgiApp:
    """The same application, each of whose requests is a span while spans are exported."""

    async def answer(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if _tracer is None:
            await app(scope, receive, send)
        else:
            await _answer_in_span(_tracer, app, scope, receive, send)

    return answer


def name_request(method: str, template: object) -> None:
    """Name the request's span by the route that answers it."""
    if _tracer is None or not isinstance(template, str):
        return
    from opentelemetry.trace import get_current_span  # noqa: PLC0415

    current = get_current_span()
    current.update_name(f"{method} {template}")
    current.set_attribute("http.route", template)


async def _answer_in_span(
    tracer: "Tracer",
    app: AsgiApp,
    scope: MutableMapping[str, Any],
    receive: Any,
    send: Any,
) -> None:
    from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415

    method: str = scope["method"]
    about = {"http.request.method": method}
    kind, parent = SpanKind.SERVER, _parent_of(scope)
    with _begun(tracer, method, about, kind=kind, parent=parent) as current:

        async def tell(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                status: int = message["status"]
                current.set_attribute("http.response.status_code", status)
                if status >= 500:
                    current.set_status(StatusCode.ERROR)
            await send(message)

        await app(scope, receive, tell)


def _parent_of(scope: MutableMapping[str, Any]) -> "Context":
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
        TraceContextTextMapPropagator,
    )

    wanted = (b"traceparent", b"tracestate")
    told = {
        name.decode(): text.decode("latin-1") for name, text in scope["headers"] if name in wanted
    }
    return TraceContextTextMapPropagator().extract(told)


@contextmanager
def _begun(
    tracer: "Tracer",
    name: str,
    attributes: "MutableMapping[str, Any]",
    *,
    kind: "SpanKind | None" = None,
    parent: "Context | None" = None,
) -> "Iterator[Span]":
    from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415

    with tracer.start_as_current_span(
        name,
        parent,
        kind or SpanKind.INTERNAL,
        attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except BaseException as error:
            # Of an error its kind; its text may repeat what was asked.
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(StatusCode.ERROR)
            raise


def _provider(address: str) -> "TracerProvider":
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise TracesUnavailableError(
            "traces: are wanted, and OpenTelemetry is not installed (pip install 'playhead[otel]',"
            " or take --traces and OTEL_EXPORTER_OTLP_ENDPOINT away)"
        ) from None
    about = {"service.version": __version__}
    if not os.environ.get("OTEL_SERVICE_NAME"):
        about["service.name"] = "playhead"
    endpoint = f"{address.rstrip('/')}/v1/traces" if address else None
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider
