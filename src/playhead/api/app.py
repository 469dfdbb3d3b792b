"""The API as one application."""

from typing import Final

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide

from playhead.api.analytics import ANALYTICS
from playhead.api.auth import requires
from playhead.api.catalog_modern import CATALOG_MODERN
from playhead.api.catalog_v1 import CATALOG_V1
from playhead.api.documentation import documentation
from playhead.api.errors import EXCEPTION_HANDLERS
from playhead.api.events import event_heatmap, event_list, event_show
from playhead.api.exchange import Exchange
from playhead.api.insights import (
    insight_actions,
    insight_breakdown,
    insight_engagement,
    insight_summary,
    insight_timeseries,
    insight_top,
)
from playhead.api.manage import MANAGE
from playhead.api.segments import provide_sessions
from playhead.api.services import Services
from playhead.api.session import SESSION
from playhead.api.stats import MODERN, V1, stats_handlers
from playhead.api.thumbnail import thumbnail_show
from playhead.api.viewing import (
    insight_live,
    insight_metrics,
    insight_quality,
    insight_sessions,
)
from playhead.api.visitors import visitor_list, visitor_show
from playhead.catalog import Scope

BASES: Final = ("/v1", "/modern")


def build_api(services: Services) -> Exchange:
    """The API under ``/v1`` and ``/modern``, an ASGI application."""

    def provide_services() -> Services:
        return services

    app = Litestar(
        route_handlers=[*routers(), *documentation(routers), thumbnail_show],
        dependencies={"services": Provide(provide_services, sync_to_thread=False)},
        exception_handlers=EXCEPTION_HANDLERS,
        state=State({"services": services}),
        openapi_config=None,
        # The server has set up logging already, for every room alike.
        logging_config=None,
        debug=False,
    )
    return Exchange(app, services)


def routers() -> list[Router]:
    """Every endpoint; each is served, and described in ``/openapi.json``, because it is here."""
    readers = [requires(Scope.READ)]
    people = [visitor_list, visitor_show, event_list, event_show]
    v1 = Router("/v1/stats", route_handlers=[*stats_handlers(V1), *people], guards=readers)
    modern = Router(
        "/modern/stats", route_handlers=[*stats_handlers(MODERN), *people], guards=readers
    )
    # Heatmaps stand in pages, where no token may be: they have one of their own.
    heatmaps = [Router(f"{base}/stats", route_handlers=[event_heatmap]) for base in BASES]
    insights = Router(
        "/insights",
        route_handlers=[
            insight_summary,
            insight_timeseries,
            insight_breakdown,
            insight_top,
            insight_engagement,
            insight_actions,
            insight_quality,
            insight_sessions,
            insight_live,
            insight_metrics,
        ],
        guards=readers,
        dependencies={"sessions": Provide(provide_sessions, sync_to_thread=True)},
    )
    return [v1, modern, insights, *heatmaps, ANALYTICS, CATALOG_V1, CATALOG_MODERN, SESSION, MANAGE]
