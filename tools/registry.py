"""What a tool is: a name, a schema of arguments, and whether it reads or proposes. None can
execute.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar, cast

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import ValidationError

from sluicegate.domain.canonical import JsonValue, canonical_bytes
from sluicegate.domain.errors import Conflict, InvalidInput, NotFound
from sluicegate.domain.value import Value

ArgsT = TypeVar("ArgsT", bound=Value)
ResultT = TypeVar("ResultT", bound=Value)


class Access(StrEnum):
    """What a tool may do. What is not here, no tool can do."""

    READ = "read"
    PROPOSE = "propose"


@dataclass(frozen=True, slots=True)
class Tool(Generic[ArgsT, ResultT]):
    """One thing that may be called: `run` takes the arguments as a value and returns a value."""

    name: str
    access: Access
    description: str
    args: type[ArgsT]
    run: Callable[[ArgsT], ResultT]

    def call(self, arguments: Mapping[str, object]) -> dict[str, JsonValue]:
        """Run the tool on JSON arguments; raise InvalidInput naming what does not fit."""
        try:
            given = self.args.model_validate_json(_json_text(arguments))
        except ValidationError as cause:
            wrong = "; ".join(
                f"{'.'.join(str(part) for part in item['loc']) or 'arguments'}: {item['msg']}"
                for item in cause.errors(include_input=False, include_url=False)
            )
            raise InvalidInput(
                f"The arguments of {self.name} do not fit: {wrong}.",
                next_step="Compare them with the tool's schema.",
            ) from None
        return self.run(given).as_json()

    def as_langchain(self) -> BaseTool:
        """Return the tool as LangChain calls it: JSON arguments in, plain JSON out."""

        def call(**arguments: object) -> dict[str, JsonValue]:
            return self.call(arguments)

        return StructuredTool.from_function(
            func=call,
            name=self.name,
            description=self.description,
            args_schema=self.args.model_json_schema(),
            metadata={"access": self.access.value},
        )


class CallableTool(Protocol):
    """A tool of any arguments and result, as a registry holds it."""

    @property
    def name(self) -> str:
        """Return the name it is called by."""
        ...

    @property
    def access(self) -> Access:
        """Return what it may do."""
        ...

    def call(self, arguments: Mapping[str, object]) -> dict[str, JsonValue]:
        """Run it on JSON arguments; raise InvalidInput where they do not fit."""
        ...

    def as_langchain(self) -> BaseTool:
        """Return it as LangChain calls it."""
        ...


class ToolRegistry:
    """Tools by name, each name once."""

    def __init__(self, tools: Iterable[CallableTool]) -> None:
        held: dict[str, CallableTool] = {}
        for tool in tools:
            if tool.name in held:
                raise Conflict(
                    f"Two tools are called {tool.name}.", next_step="Give one of them another name."
                )
            held[tool.name] = tool
        self._tools = MappingProxyType(held)

    def __iter__(self) -> Iterator[CallableTool]:
        return iter(self._tools.values())

    def get(self, name: str) -> CallableTool:
        """Return a tool; raise NotFound, naming what there is."""
        if name not in self._tools:
            known = ", ".join(self._tools) or "none"
            raise NotFound(f"There is no tool {name[:60]!r}.", next_step=f"Use one of: {known}.")
        return self._tools[name]

    def of(self, *access: Access) -> "ToolRegistry":
        """Return a registry of the tools with one of these kinds of access."""
        return ToolRegistry(tool for tool in self if tool.access in access)


def _json_text(arguments: Mapping[str, object]) -> bytes:
    # Strict values take tuples and enums from JSON only, and arguments of a model are JSON anyway.
    return canonical_bytes(cast("JsonValue", arguments))
