import pytest

from sluicegate.domain.errors import Conflict, InvalidInput, NotFound
from tests.integration.dispute_world import Features, Record, Scores
from tools.dispute.toolbox import dispute_tools
from tools.registry import Access, ToolRegistry

TOOLS = dispute_tools(Record(), Features(), Scores())


def test_a_tool_reads_or_proposes_and_there_is_no_third_kind() -> None:
    assert {access.value for access in Access} == {"read", "propose"}
    assert {tool.name: tool.access.value for tool in TOOLS.registry()} == {
        "lookup_transaction": "read",
        "score_dispute": "read",
        "network_reason_code": "read",
        "regulatory_clock": "read",
        "propose_provisional_credit": "propose",
    }


def test_only_the_reading_tools_can_be_handed_out() -> None:
    assert "propose_provisional_credit" not in [
        tool.name for tool in TOOLS.registry().of(Access.READ)
    ]


def test_a_name_is_taken_once() -> None:
    with pytest.raises(Conflict, match="lookup_transaction"):
        ToolRegistry((TOOLS.lookup, TOOLS.lookup))


def test_an_unknown_tool_names_the_known_ones() -> None:
    with pytest.raises(NotFound) as caught:
        TOOLS.registry().get("pay_out")
    assert "lookup_transaction" in caught.value.next_step


def test_langchain_calls_a_tool_with_json_and_gets_json() -> None:
    tool = TOOLS.registry().get("network_reason_code").as_langchain()
    answer = tool.invoke({"category": "not_received", "entry_mode": "ecommerce"})
    assert answer["visa"]["code"] == "13.1"
    assert tool.metadata == {"access": "read"}
    assert "category" in tool.args


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"category": "fraud"},
        {"category": "bribery", "entry_mode": "chip"},
        {"category": "fraud", "entry_mode": "chip", "extra": 1},
        {"category": "fraud", "entry_mode": "telepathy"},
    ],
)
def test_arguments_that_do_not_fit_are_refused_by_name(arguments: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match="network_reason_code"):
        TOOLS.reasons.call(arguments)


def test_a_lookup_of_nothing_says_so_in_every_row() -> None:
    assert set(TOOLS.lookup.call({"transaction_id": "txn_none"}).values()) == {None}
