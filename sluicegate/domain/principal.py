"""Who asks: a person, a service or an agent, and the roles that policy knows."""

from enum import StrEnum

from sluicegate.domain.value import Name, Value


class Role(StrEnum):
    """Roles of callers. What each may do is decided by policy and by the route's declaration."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    APPROVER = "approver"
    PROMPT_ENGINEER = "prompt_engineer"
    MODEL_OWNER = "model_owner"
    AUDITOR = "auditor"
    SERVICE = "service"
    ADMIN = "admin"


class Principal(Value):
    """An authenticated caller. `id` is ``person:…``, ``service:…`` or ``agent:…``."""

    id: Name
    roles: tuple[Role, ...]

    def has(self, *wanted: Role) -> bool:
        """Say whether the caller holds at least one of the roles."""
        return any(role in self.roles for role in wanted)
