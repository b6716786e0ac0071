"""Python functions as LangGraph runs them: which one runs, its syntax, its names, what it promises
to return.
"""

import ast
import functools
import inspect
import linecache
import sysconfig
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from typing import Final, get_args, get_origin

from langgraph.types import Command, Send
from pydantic import BaseModel
from typing_extensions import is_typeddict

UNWRAP_MAX: Final = 12
"""How many partials a function may be wrapped in."""

_LIBRARIES: Final = (
    "<frozen",
    *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
)

UNKNOWN: Final = object()
"""What a name stands for where that cannot be known without running code."""

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def plain_function(
    thing: object,
) -> tuple[types.FunctionType | None, object, tuple[object, ...]]:
    """Return the function that runs, its bound ``self``, and the arguments that a partial binds."""
    bound: tuple[object, ...] = ()
    for _ in range(UNWRAP_MAX):
        if isinstance(thing, functools.partial):
            if getattr(thing.func, "__name__", "") == "run_in_executor":
                thing = thing.args[1]
                continue
            bound += (*thing.args, *thing.keywords.values())
            thing = thing.func
        elif isinstance(thing, types.MethodType):
            return plain_function(thing.__func__)[0], thing.__self__, bound
        elif isinstance(thing, types.FunctionType):
            return thing, UNKNOWN, bound
        else:
            call = inspect.getattr_static(type(thing), "__call__", None)
            if isinstance(thing, type) or not isinstance(call, types.FunctionType):
                return None, UNKNOWN, bound
            return call, thing, bound
    return None, UNKNOWN, bound


def trees_of(code: types.CodeType) -> list[FunctionNode]:
    """Return the syntax of a code object.

    Several where lambdas share its line; none where there is no source.
    """
    lines = linecache.getlines(code.co_filename)
    if not lines:
        try:
            lines, _ = inspect.findsource(code)
        except (OSError, TypeError):
            return []
    try:
        functions = _functions_in("".join(lines))
    except (SyntaxError, ValueError):
        return []
    return functions.get((code.co_name, code.co_firstlineno), [])


@functools.lru_cache(maxsize=256)
def _functions_in(text: str) -> dict[tuple[str, int], list[FunctionNode]]:
    """Return a module's functions by their name and the line on which they, or their decorators,
    begin.
    """
    found: dict[tuple[str, int], list[FunctionNode]] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Lambda):
            found.setdefault(("<lambda>", node.lineno), []).append(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min((item.lineno for item in node.decorator_list), default=node.lineno)
            found.setdefault((node.name, first), []).append(node)
    return found


def attribute(owner: object, name: str) -> object:
    """Read an attribute without running a property."""
    if isinstance(owner, types.ModuleType | type):
        return getattr(owner, name, UNKNOWN)
    held = inspect.getattr_static(owner, name, UNKNOWN)
    if isinstance(held, types.MemberDescriptorType):
        return getattr(owner, name, UNKNOWN)
    if isinstance(held, types.FunctionType):
        return types.MethodType(held, owner)
    if isinstance(held, staticmethod | classmethod):
        return getattr(owner, name)
    return UNKNOWN if isinstance(held, property) else held


def returned(tree: FunctionNode) -> Iterator[ast.expr | None]:
    """Yield what a function returns, its nested functions left out; a yield counts as one."""
    if isinstance(tree, ast.Lambda):
        yield tree.body
        return
    queue: list[ast.AST] = list(tree.body)
    while queue:
        node = queue.pop()
        if isinstance(node, ast.Return):
            yield node.value
        elif isinstance(node, ast.Yield | ast.YieldFrom):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            queue.extend(ast.iter_child_nodes(node))


def return_annotation(function: Callable[..., object]) -> object:
    """Return the resolved return annotation; UNKNOWN where there is none."""
    try:
        return typing.get_type_hints(function).get("return", UNKNOWN)
    except (NameError, TypeError, AttributeError):
        return UNKNOWN


def union_parts(annotation: object) -> tuple[object, ...]:
    """Return the members of a union; a lone annotation is its own."""
    if get_origin(annotation) in (typing.Union, types.UnionType):
        return get_args(annotation)
    return (annotation,)


def promises_update(annotation: object) -> bool:
    """Say whether an annotation promises a state update: a mapping, a typed dict, a model, or
    nothing.
    """
    for part in union_parts(annotation):
        origin = get_origin(part) or part
        if origin is type(None) or (isinstance(origin, type) and issubclass(origin, Mapping)):
            continue
        if is_typeddict(origin):
            continue
        if isinstance(origin, type) and origin is not Command and not issubclass(origin, Send):
            if issubclass(origin, BaseModel) or (
                is_dataclass(origin) and not issubclass(origin, Command)
            ):
                continue
        return False
    return True


def name_of(thing: object) -> str:
    """Return what to call a callable in a message."""
    return str(getattr(thing, "__qualname__", type(thing).__name__))


def is_own_code(function: types.FunctionType | None) -> bool:
    """Say whether a function is the application's own: neither a library's nor Python's."""
    return function is not None and not function.__code__.co_filename.startswith(_LIBRARIES)
