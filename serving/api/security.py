"""Who may call what. A route that declares no permission cannot be added: closed by default."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import FastAPI, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.routing import BaseRoute

from sluicegate.domain.errors import Forbidden, Unauthenticated
from sluicegate.domain.principal import Principal, Role

_BEARER: Final = HTTPBearer(
    auto_error=False,
    scheme_name="apiKey",
    description="Your own API key: `Authorization: Bearer sg_…`. Keys have roles.",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]


class RouteWithoutPermission(RuntimeError):
    """A route was added that does not say who may call it."""


@dataclass(frozen=True)
class Caller:
    """An authenticated caller. `key` goes to the gate, which checks it again by itself."""

    principal: Principal
    key: str


@dataclass(frozen=True)
class Permission:
    """Lets callers through that hold one of the roles. Used as a dependency of a route."""

    roles: tuple[Role, ...]
    authenticate: Callable[[str], Principal]

    def __call__(self, credentials: Credentials) -> Caller:
        """Return the caller; raise Unauthenticated or Forbidden."""
        if credentials is None:
            raise Unauthenticated(
                "No API key was given.",
                next_step="Send your key in the header: Authorization: Bearer sg_…",
            )
        principal = self.authenticate(credentials.credentials)
        if not principal.has(*self.roles):
            wanted = ", ".join(role.value for role in self.roles)
            raise Forbidden(
                "Your roles do not let you do this.",
                next_step=f"Ask for one of the roles: {wanted}.",
            )
        return Caller(principal=principal, key=credentials.credentials)


def public() -> None:
    """Let anyone through; declared on a route that tells nothing about a case."""


class PermittedRoute(APIRoute):
    """A route that says who may call it, by a `Permission` or `public` among its dependencies."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        check_permission(self)


def check_permission(route: BaseRoute) -> None:
    """Raise RouteWithoutPermission unless a route declares exactly one permission."""
    declared = (
        [
            needed.call
            for needed in route.dependant.dependencies
            if isinstance(needed.call, Permission) or needed.call is public
        ]
        if isinstance(route, APIRoute)
        else []
    )
    if len(declared) != 1:
        raise RouteWithoutPermission(
            f"{getattr(route, 'path', route)!s} declares {len(declared)} permissions; "
            "declare one: a Permission, or public"
        )


def check_permissions(app: FastAPI) -> None:
    """Raise RouteWithoutPermission where any route, mount or included router declares none."""
    for route in app.routes:
        check_permission(route)
