package dispute.amount_limit_test

import data.dispute.amount_limit
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(amount_limit.findings) with input as question
}

_roles(question) := found if {
	found := {one.review_role | some one in amount_limit.findings} with input as question
}

test_small_amount_passes if {
	amount_limit.passes with input as t.valid
	_codes(t.valid) == set()
}

test_each_limit_is_the_last_amount_that_its_role_may_release if {
	_codes(t.amount(10000, "USD")) == set()
	_roles(t.amount(10001, "USD")) == {"analyst"}
	_roles(t.amount(100000, "USD")) == {"analyst"}
	_roles(t.amount(100001, "USD")) == {"approver"}
	_roles(t.amount(1000000, "USD")) == {"approver"}
	_codes(t.amount(1000001, "USD")) == {"AMOUNT_ABOVE_LIMITS"}
}

test_sentence_names_both_amounts if {
	found := amount_limit.findings with input as t.amount(15001, "JPY")
	{one.sentence | some one in found} == {"15001 JPY is above the 15000 JPY that an agent may release without a person."}
}

test_unknown_currency_denies if _codes(t.amount(1, "XTS")) == {"AMOUNT_ABOVE_LIMITS"}

test_null_and_text_deny if {
	every amount_minor in [null, "1", false, []] {
		_codes(t.changed({"proposal": {"amount_minor": amount_minor}})) == {"AMOUNT_ABOVE_LIMITS"}
	}
}

test_reviewer_releases_up_to_their_limit if {
	_codes(object.union(t.amount(100000, "USD"), {"review": t.review})) == {"AMOUNT_NEEDS_REVIEW"}
	_codes(object.union(t.amount(100001, "USD"), {"review": t.review})) == {
		"AMOUNT_NEEDS_REVIEW",
		"REVIEWER_LIMIT",
	}
}

test_a_rejection_needs_no_limit if {
	rejection := object.union(t.review, {"verdict": "reject"})
	_codes(object.union(t.amount(100001, "USD"), {"review": rejection})) == {"AMOUNT_NEEDS_REVIEW"}
}

test_other_roles_have_no_limit if {
	every role in ["viewer", "admin", "service", "agent", "agent_unsure"] {
		question := t.changed({"review": object.union(t.review, {"reviewer_roles": [role]})})
		_codes(question) == {"REVIEWER_LIMIT"}
	}
}

test_denies_without_each_input if {
	every path in ["proposal", "proposal/amount_minor", "proposal/currency", "review"] {
		question := t.without(path)
		found := amount_limit.findings with input as question
		"deny" in t.effects(found)
	}
}
