"""The API as one application."""

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide

from playhead.api.catalog import CATALOG_ROUTER
from playhead.api.errors import EXCEPTION_HANDLERS
from playhead.api.services import Services
from playhead.api.stats import STATS_ROUTER


def build_api(services: Services) -> Litestar:
    """The API under ``/v1``, an ASGI application."""

    def provide_services() -> Services:
        return services

    return Litestar(
        route_handlers=[Router("/v1", route_handlers=[STATS_ROUTER, CATALOG_ROUTER])],
        dependencies={"services": Provide(provide_services, sync_to_thread=False)},
        exception_handlers=EXCEPTION_HANDLERS,
        state=State({"services": services}),
        openapi_config=None,
        # The server has set up logging already, for every room alike.
        logging_config=None,
        debug=False,
    )
