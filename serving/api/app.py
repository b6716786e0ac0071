"""The application: every route, its bounds, and how its errors leave."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI

from serving.api.checks import VERSION, install_checks
from serving.api.disputes import install_disputes
from serving.api.documentation import describe
from serving.api.driving import Drivers
from serving.api.limits import Deadline, SecurityHeaders
from serving.api.problems import install_problem_handlers
from serving.api.reviews import install_reviews
from serving.api.runtime import ApiRuntime
from serving.api.security import PermittedRoute, check_permissions

Install = Callable[[FastAPI, ApiRuntime], None]

DESCRIPTION: Final = (
    "Card disputes, end to end. Agents may propose that money moves; a deterministic gate alone "
    "lets it move, once, and each step is in the audit log."
)


def create_app(runtime: ApiRuntime, more: Sequence[Install] = ()) -> FastAPI:
    """Return the application over a running service; `more` adds routes, such as a console's.

    Raises:
        RouteWithoutPermission: a route does not say who may call it.
    """
    drivers = Drivers(runtime.cases)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            drivers.close()

    app = FastAPI(
        title="Sluicegate",
        version=VERSION,
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.router.route_class = PermittedRoute
    install_problem_handlers(app)
    # Added later stands further out: the headers are on every answer, those of the deadline too.
    app.add_middleware(Deadline)
    app.add_middleware(SecurityHeaders)
    install_disputes(app, runtime, drivers)
    install_reviews(app, runtime, drivers)
    install_checks(app, runtime)
    for install in more:
        install(app, runtime)
    check_permissions(app)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    return app
