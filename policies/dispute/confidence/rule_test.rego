package dispute.confidence_test

import data.dispute.confidence
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(confidence.findings) with input as question
}

_roles(question) := found if {
	found := {one.review_role | some one in confidence.findings} with input as question
}

test_valid_passes if {
	confidence.passes with input as t.valid
	_codes(t.valid) == set()
}

_sure(confidence_bp, amount_minor) := object.union(
	t.amount(amount_minor, "USD"),
	{"proposal": {"confidence_bp": confidence_bp}},
)

test_thresholds if {
	_codes(_sure(8500, 10000)) == set()
	_codes(_sure(8499, 2501)) == {"CONFIDENCE_LOW"}
	_codes(_sure(8499, 2500)) == set()
	_codes(_sure(6000, 2500)) == set()
	_codes(_sure(5999, 1)) == {"CONFIDENCE_LOW"}
	_codes(_sure(0, 1)) == {"CONFIDENCE_LOW"}
	_roles(_sure(0, 1)) == {"analyst"}
}

test_out_of_range_and_other_types_deny if {
	every confidence_bp in [10001, -1, null, "9000", true] {
		_codes(_sure(confidence_bp, 1)) == {"CONFIDENCE_INVALID"}
	}
}

test_unclear_category_goes_to_an_analyst if {
	_codes(t.changed({"proposal": {"category": "unclear"}})) == {"CATEGORY_UNCLEAR"}
	_roles(t.changed({"proposal": {"category": "unclear"}})) == {"analyst"}
}

test_unknown_category_denies if {
	every category in ["", "Fraud", null, 1] {
		_codes(t.changed({"proposal": {"category": category}})) == {"CATEGORY_INVALID"}
	}
}

test_without_an_amount_or_currency_the_higher_confidence_is_needed if {
	every path in ["proposal/amount_minor", "proposal/currency"] {
		_codes(json.remove(_sure(8499, 1), [path])) == {"CONFIDENCE_LOW"}
	}
}

test_denies_without_each_input if {
	every path in ["proposal", "proposal/confidence_bp", "proposal/category"] {
		question := t.without(path)
		found := confidence.findings with input as question
		"deny" in t.effects(found)
	}
}
