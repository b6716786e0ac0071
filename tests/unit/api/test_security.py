from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from serving.api.problems import install_problem_handlers
from serving.api.security import (
    Caller,
    Permission,
    PermittedRoute,
    RouteWithoutPermission,
    check_permissions,
    public,
)
from sluicegate.domain.errors import Unauthenticated
from sluicegate.domain.principal import Principal, Role

HOLDERS = {"key-of-ana": Principal(id="person:ana", roles=(Role.ANALYST,))}


def authenticate(key: str) -> Principal:
    if key not in HOLDERS:
        raise Unauthenticated("The key is not known.")
    return HOLDERS[key]


def an_app() -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.router.route_class = PermittedRoute
    install_problem_handlers(app)
    return app


def with_route(*roles: Role) -> TestClient:
    app, allowed = an_app(), Permission(roles, authenticate)

    @app.get("/things")
    def things(caller: Annotated[Caller, Depends(allowed)]) -> str:
        return caller.principal.id

    return TestClient(app)


def test_a_route_without_a_permission_cannot_be_added() -> None:
    app = an_app()
    with pytest.raises(RouteWithoutPermission, match="/open declares 0 permissions"):
        app.get("/open")(lambda: "anyone")


def test_a_route_with_two_permissions_cannot_be_added() -> None:
    app = an_app()
    both = [Depends(public), Depends(Permission((Role.ADMIN,), authenticate))]
    with pytest.raises(RouteWithoutPermission, match="declares 2"):
        app.get("/both", dependencies=both)(lambda: "whom?")


def test_a_route_that_went_around_the_route_class_is_found() -> None:
    app = an_app()
    app.add_route("/raw", lambda _request: None)  # type: ignore[arg-type, return-value]
    with pytest.raises(RouteWithoutPermission):
        check_permissions(app)


def test_the_frameworks_own_pages_are_found() -> None:
    with pytest.raises(RouteWithoutPermission):
        check_permissions(FastAPI())


def test_a_caller_with_the_role_gets_through() -> None:
    answer = with_route(Role.ANALYST).get("/things", headers={"Authorization": "Bearer key-of-ana"})
    assert (answer.status_code, answer.json()) == (200, "person:ana")


def test_a_caller_without_the_role_is_told_which_is_needed() -> None:
    answer = with_route(Role.ADMIN).get("/things", headers={"Authorization": "Bearer key-of-ana"})
    assert answer.status_code == 403
    assert "admin" in answer.json()["next_step"]


@pytest.mark.parametrize(
    "header", [None, "Bearer other", "Basic key-of-ana", "Bearer", "key-of-ana"]
)
def test_no_valid_key_is_401_with_a_challenge(header: str | None) -> None:
    headers = {"Authorization": header} if header is not None else {}
    answer = with_route(Role.ANALYST).get("/things", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
