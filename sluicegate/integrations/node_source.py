"""What a node's code can do beside its edges, read from its source without running it.

A LangGraph node may return ``Command(goto=…)`` or ``Send`` and so leave by an edge that nobody
drew. This module reads the code of a node and says where it may jump, which graphs it runs inside
itself, and what could not be read. Whatever cannot be read is reported as open: the graph check
treats open as a violation.
"""

import ast
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_args, get_origin

from langchain_core.runnables import Runnable, RunnableLambda, RunnableParallel, RunnableSequence
from langchain_core.runnables.base import RunnableBindingBase
from langgraph._internal._runnable import RunnableCallable, RunnableSeq
from langgraph.errors import ParentCommand
from langgraph.pregel import Pregel
from langgraph.pregel._write import ChannelWrite
from langgraph.pregel.protocol import PregelProtocol
from langgraph.types import Command, Send

from sluicegate.integrations.function_source import (
    UNKNOWN,
    FunctionNode,
    attribute,
    is_own_code,
    name_of,
    plain_function,
    promises_update,
    return_annotation,
    returned,
    trees_of,
    union_parts,
)

CALL_DEPTH_MAX: Final = 12
"""How many calls deep the reader follows; beyond it, it reports that it could not read on."""
NAME_DEPTH_MAX: Final = 12
"""How many assignments a local name is followed through."""

_CONTAINERS: Final = (list, tuple, set, frozenset)
AnyGraph = PregelProtocol[
    Any, Any, Any, Any
]  # LangGraph's parameters: state, context, input, output
_DYNAMIC: Final = frozenset({"eval", "exec", "compile", "__import__", "globals", "vars"})


@dataclass(slots=True)
class Jumps:
    """Where code may jump. `unread` says, a line each, what the reader could not see through."""

    targets: set[str] = field(default_factory=set)
    sends: set[str] = field(default_factory=set)
    computed: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    to_parent: list[str] = field(default_factory=list)
    subgraphs: list[AnyGraph] = field(default_factory=list)

    def add_subgraph(self, graph: AnyGraph) -> None:
        """Remember a graph once."""
        if all(graph is not known for known in self.subgraphs):
            self.subgraphs.append(graph)


def read_runnable(runnable: object, *, routes: bool = False) -> Jumps:
    """Read a node's runnable. With `routes`, it is the path function of a branch: what it returns
    is a route.
    """
    found = Jumps()
    _runnable(runnable, found, set(), returns=not routes)
    return found


def annotated_destinations(runnable: object) -> frozenset[str]:
    """Return the targets in ``-> Command[Literal[…]]`` of a node's function; empty where there is
    none.
    """
    if not isinstance(runnable, RunnableCallable):
        return frozenset()
    function = plain_function(runnable.func or runnable.afunc)[0]
    if function is None:
        return frozenset()
    wanted: set[str] = set()
    for part in union_parts(return_annotation(function)):
        arguments = get_args(part)
        if get_origin(part) is Command and arguments and get_origin(arguments[0]) is typing.Literal:
            wanted.update(str(name) for name in get_args(arguments[0]))
    return frozenset(wanted)


def _runnable(runnable: object, found: Jumps, seen: set[int], *, returns: bool) -> None:
    if isinstance(runnable, PregelProtocol):
        found.add_subgraph(runnable)
    elif isinstance(runnable, RunnableCallable | RunnableLambda):
        _functions(runnable, found, seen, returns=returns)
    elif isinstance(runnable, RunnableSequence | RunnableSeq):
        for step in runnable.steps:
            _runnable(step, found, seen, returns=returns and step is runnable.steps[-1])
    elif isinstance(runnable, RunnableParallel):
        for step in runnable.steps__.values():
            _runnable(step, found, seen, returns=False)
    elif isinstance(runnable, RunnableBindingBase):
        _runnable(runnable.bound, found, seen, returns=returns)
    elif returns:
        found.unread.append(f"{type(runnable).__name__} is a Runnable whose code is not read here")


def _functions(
    runnable: RunnableCallable | RunnableLambda[Any, Any],
    found: Jumps,
    seen: set[int],
    *,
    returns: bool,
) -> None:
    # The asynchronous twin that LangGraph makes of a synchronous function runs the same code.
    for function in (getattr(runnable, "func", None), getattr(runnable, "afunc", None)):
        if function is not None:
            _callable(function, found, seen, 0, returns=returns)


def _callable(thing: object, found: Jumps, seen: set[int], depth: int, *, returns: bool) -> None:
    function, owner, bound = plain_function(thing)
    for value in bound:
        _value(value, found)
    if function is None:
        if returns:
            found.unread.append(f"the source of {name_of(thing)} cannot be read")
        return
    mark = hash((id(function.__code__), id(owner), returns))
    if mark in seen:
        return
    seen.add(mark)
    if depth > CALL_DEPTH_MAX:
        found.unread.append(f"calls from {function.__qualname__} go deeper than {CALL_DEPTH_MAX}")
        return
    trees = trees_of(function.__code__)
    if not trees:
        found.unread.append(f"the source of {function.__qualname__} cannot be read")
        return
    for tree in trees:
        _Body(function, owner, tree, found, seen, depth).read(returns=returns)


def _value(value: object, found: Jumps) -> bool:
    """Note a value that code can reach; say whether returning it is harmless."""
    if isinstance(value, PregelProtocol):
        found.add_subgraph(value)
        return False
    if isinstance(value, Command):
        goto = value.goto if isinstance(value.goto, list | tuple) else (value.goto,)
        for target in goto:
            (found.sends if isinstance(target, Send) else found.targets).add(
                target.node if isinstance(target, Send) else str(target)
            )
        if value.graph is not None and value.goto:
            found.to_parent.append("a Command made beforehand")
        return True
    if isinstance(value, Send):
        found.sends.add(value.node)
        return True
    if isinstance(value, _CONTAINERS):
        return all([_value(item, found) for item in value])
    if isinstance(value, dict):
        for item in value.values():
            if isinstance(item, PregelProtocol | Command | Send):
                _value(item, found)
    return not isinstance(value, Runnable)


class _Body:
    """One function being read, with the names it can see."""

    def __init__(
        self,
        function: types.FunctionType,
        owner: object,
        tree: FunctionNode,
        found: Jumps,
        seen: set[int],
        depth: int,
    ) -> None:
        self.function, self.tree, self.found, self.seen, self.depth = (
            function,
            tree,
            found,
            seen,
            depth,
        )
        arguments = tree.args
        named = [*arguments.posonlyargs, *arguments.args]
        self.parameters = {item.arg for item in (*named, *arguments.kwonlyargs)}
        self.known: dict[str, object] = {}
        if owner is not UNKNOWN and named:
            self.known[named.pop(0).arg] = owner
        # What a node gets first is its state, and LangGraph passes no Command for it.
        self.state = named[0].arg if named else ""
        self.nested: dict[str, FunctionNode] = {}
        self.nested_read: set[str] = set()
        self.assigned: dict[str, list[ast.expr | None]] = {}
        self._collect()
        for cell_name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=False
        ):
            try:
                self.known.setdefault(cell_name, cell.cell_contents)
            except ValueError:
                self.known.setdefault(cell_name, UNKNOWN)

    def _collect(self) -> None:
        body = self.tree.body if isinstance(self.tree.body, list) else [self.tree.body]
        plain: set[int] = set()
        for node in (inner for part in body for inner in ast.walk(part)):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self.nested[node.name] = node
                case ast.ImportFrom(module=str(module)):
                    for alias in node.names:
                        value = getattr(sys.modules.get(module), alias.name, UNKNOWN)
                        self.known[alias.asname or alias.name] = value
                case ast.Import():
                    for alias in node.names:
                        whole = alias.name if alias.asname else alias.name.split(".")[0]
                        self.known[alias.asname or whole] = sys.modules.get(whole, UNKNOWN)
                case (
                    ast.Assign(targets=[ast.Name() as target], value=value)
                    | ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value)
                    | ast.NamedExpr(target=ast.Name() as target, value=value)
                ):
                    plain.add(id(target))
                    self.assigned.setdefault(target.id, []).append(value)
                case ast.Name(id=name, ctx=ast.Store()) if id(node) not in plain:
                    self.assigned.setdefault(name, []).append(None)  # a loop, an unpacking, a +=

    # -- what the body mentions ------------------------------------------------------------------

    def read(self, *, returns: bool) -> None:
        """Note every Command, Send and graph that the body mentions, and what it returns."""
        for node in self._expressions():
            if isinstance(node, ast.Call):
                self._call(node)
            elif isinstance(node, ast.Name | ast.Attribute):
                self._mention(node)
        if returns:
            self._returns(self.tree)

    def _expressions(self) -> Iterator[ast.AST]:
        """Yield expressions of the body; annotations cannot run a jump, and callees are read with
        their call.
        """
        body = self.tree.body if isinstance(self.tree.body, list) else [self.tree.body]
        defaults = [*self.tree.args.defaults, *self.tree.args.kw_defaults]
        queue: list[ast.AST] = [*body, *(node for node in defaults if node is not None)]
        while queue:
            node = queue.pop()
            yield node
            for name, value in ast.iter_fields(node):
                if name in ("annotation", "returns"):
                    continue
                for child in value if isinstance(value, list) else [value]:
                    if not isinstance(child, ast.AST):
                        continue
                    # `Command(…)` is read as a call, and `Command.PARENT` is only a word.
                    plain_use = name == "func" or isinstance(node, ast.Attribute)
                    if plain_use and self._is_jump_class(child):
                        continue
                    queue.append(child)

    def _is_jump_class(self, node: ast.AST) -> bool:
        value = self._resolve(node)
        return isinstance(value, type) and issubclass(value, Command | Send)

    def _mention(self, node: ast.Name | ast.Attribute) -> None:
        value = self._resolve(node)
        line = f"{self.function.__qualname__}, line {node.lineno}"
        if isinstance(value, type):
            if issubclass(value, Command | Send):
                self.found.computed.append(f"{line}: {value.__name__} is passed on, not called")
            elif issubclass(value, ParentCommand | ChannelWrite):
                self.found.to_parent.append(f"{line}: {value.__name__}")
                self.found.computed.append(f"{line}: {value.__name__} writes past the edges")
        elif isinstance(value, PregelProtocol | Command | Send | list | tuple | dict):
            _value(value, self.found)
        elif isinstance(value, types.MethodType) and isinstance(value.__self__, PregelProtocol):
            self.found.add_subgraph(value.__self__)
        elif isinstance(node, ast.Name) and node.id in _DYNAMIC and value is not UNKNOWN:
            self.found.unread.append(f"{line}: {node.id} makes code while running")

    def _call(self, node: ast.Call) -> None:
        callee = self._resolve(node.func)
        if not isinstance(callee, type):
            self._follow(callee)
        elif issubclass(callee, Command):
            self._command(node)
        elif issubclass(callee, Send):
            self._send(node)

    def _follow(self, callee: object) -> None:
        """Look for graphs that a called function runs; what it returns matters only where it is
        returned.
        """
        if callee is UNKNOWN or not is_own_code(plain_function(callee)[0]):
            return
        inside = Jumps()
        _callable(callee, inside, self.seen, self.depth + 1, returns=False)
        for graph in inside.subgraphs:
            self.found.add_subgraph(graph)

    def _command(self, node: ast.Call) -> None:
        line = f"{self.function.__qualname__}, line {node.lineno}"
        keywords = {item.arg: item.value for item in node.keywords}
        if None in keywords or node.args:
            self.found.computed.append(f"{line}: the arguments of Command are not written out")
        goto, graph = keywords.get("goto"), keywords.get("graph")
        if goto is None:
            return
        if graph is not None and not (isinstance(graph, ast.Constant) and graph.value is None):
            self.found.to_parent.append(f"{line}: Command(graph=…)")
            if self._resolve(graph) == Command.PARENT:
                return
            # LangGraph reads any other graph as this one, or as the parent's: it may be both.
        names = self._literals(goto)
        if names is None:
            self.found.computed.append(f"{line}: goto is computed")
        else:
            self.found.targets.update(names)

    def _send(self, node: ast.Call) -> None:
        line = f"{self.function.__qualname__}, line {node.lineno}"
        keywords = {item.arg: item.value for item in node.keywords}
        target = node.args[0] if node.args else keywords.get("node")
        names = self._literals(target) if target is not None else None
        if names is None:
            self.found.computed.append(f"{line}: the target of Send is computed")
        else:
            self.found.sends.update(names)

    def _literals(self, node: ast.expr) -> set[str] | None:
        """Return the names that an expression can stand for; None where it is computed."""
        parts: list[ast.expr]
        match node:
            case ast.Constant(value=str(text)):
                return {text}
            case ast.IfExp(body=one, orelse=other):
                parts = [one, other]
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                pass
            case ast.ListComp(elt=part):
                parts = [part]
            case ast.Call() if self._is_jump_class(node.func):
                return set()  # a Send, which is read where it is called
            case _:
                value = self._resolve(node)
                return {value} if isinstance(value, str) else None
        names: set[str] = set()
        for part in parts:
            some = self._literals(part)
            if some is None:
                return None
            names |= some
        return names

    # -- names -----------------------------------------------------------------------------------

    def _resolve(self, node: ast.AST) -> object:
        """Return the object that a name stands for, where that can be known without running
        anything.
        """
        if isinstance(node, ast.Name):
            if node.id in self.known:
                return self.known[node.id]
            if node.id in self.parameters or node.id in self.assigned or node.id in self.nested:
                return UNKNOWN
            scope = self.function.__globals__
            builtin = scope.get("__builtins__", {})
            space = builtin if isinstance(builtin, Mapping) else vars(builtin)
            return scope.get(node.id, space.get(node.id, UNKNOWN))
        match node:
            case (
                ast.Attribute(value=holder, attr=name)
                | ast.Call(
                    func=ast.Name(id="getattr"), args=[holder, ast.Constant(value=str(name)), *_]
                )
            ):
                owner = self._resolve(holder)
                return UNKNOWN if owner is UNKNOWN else attribute(owner, name)
            case _:
                return UNKNOWN

    # -- what it returns -------------------------------------------------------------------------

    def _returns(self, tree: FunctionNode) -> None:
        annotation_is_safe = tree is self.tree and promises_update(return_annotation(self.function))
        for value in returned(tree):
            if value is None or self._harmless(value, 0) or annotation_is_safe:
                continue
            self.found.unread.append(
                f"{self.function.__qualname__}, line {value.lineno}: "
                f"cannot tell whether `{ast.unparse(value)[:60]}` is a Command or a Send"
            )

    def _harmless(self, node: ast.expr, depth: int) -> bool:
        """Say whether an expression's value is certainly none that jumps, or one whose jumps were
        read.
        """
        if depth > NAME_DEPTH_MAX:
            return False
        deeper = depth + 1
        match node:
            case ast.Constant() | ast.Dict() | ast.DictComp() | ast.JoinedStr() | ast.Compare():
                return True
            case ast.Await(value=inner) | ast.NamedExpr(value=inner):
                return self._harmless(inner, deeper)
            case ast.IfExp(body=one, orelse=other):
                return self._harmless(one, deeper) and self._harmless(other, deeper)
            case ast.BoolOp(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
                return all(self._harmless(part, deeper) for part in parts)
            case ast.ListComp(elt=part):
                return self._harmless(part, deeper)
            case ast.BinOp(left=one, op=ast.BitOr(), right=other):
                return self._harmless(one, deeper) or self._harmless(other, deeper)
            case ast.Call():
                return self._harmless_call(node)
            case ast.Name():
                return self._harmless_name(node, deeper)
            case _:
                value = self._resolve(node)
                return value is not UNKNOWN and _value(value, self.found)

    def _harmless_name(self, node: ast.Name, depth: int) -> bool:
        if node.id in self.assigned:
            values = self.assigned[node.id]
            # A list may have been added to after it was made; only what cannot grow a Command is
            # believed.
            return bool(values) and all(
                value is not None
                and not isinstance(value, ast.List | ast.ListComp)
                and self._harmless(value, depth)
                for value in values
            )
        if node.id == self.state:
            return True
        value = self._resolve(node)
        return value is not UNKNOWN and _value(value, self.found)

    def _harmless_call(self, node: ast.Call) -> bool:
        if self._is_jump_class(node.func):
            return True
        if isinstance(node.func, ast.Name) and node.func.id in self.nested:
            if node.func.id not in self.nested_read:
                self.nested_read.add(node.func.id)
                self._returns(self.nested[node.func.id])
            return True
        callee = self._resolve(node.func)
        if callee is UNKNOWN or callee is None:
            return False
        if isinstance(callee, type):
            return not issubclass(callee, Runnable | list | tuple | set)
        if isinstance(callee, types.MethodType) and isinstance(callee.__self__, Pregel):
            self.found.add_subgraph(callee.__self__)
            return callee.__name__ in ("invoke", "ainvoke")
        function = plain_function(callee)[0]
        if function is None:
            return False
        _callable(callee, self.found, self.seen, self.depth + 1, returns=True)
        return True
