package dispute.currency_match_test

import data.dispute.currency_match
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(currency_match.findings) with input as question
}

test_valid_passes if {
	currency_match.passes with input as t.valid
	_codes(t.valid) == set()
}

test_each_other_currency_denies if {
	every changes in [
		{"proposal": {"currency": "EUR"}},
		{"facts": {"claim": {"currency": "EUR"}}},
		{"facts": {"transaction": {"currency": "EUR"}}},
		{"facts": {"account": {"currency": "EUR"}}},
		{"facts": {"account": null}},
		{"proposal": {"currency": "usd"}},
	] {
		_codes(t.changed(changes)) == {"CURRENCY_MISMATCH"}
	}
}

test_nulls_are_not_equal if _codes(t.amount(2000, null)) == {"CURRENCY_MISMATCH"}

test_denies_without_each_input if {
	every path in [
		"proposal/currency",
		"facts/claim/currency",
		"facts/transaction/currency",
		"facts/account/currency",
		"facts/claim",
		"facts/transaction",
		"facts/account",
	] {
		question := t.without(path)
		found := currency_match.findings with input as question
		"deny" in t.effects(found)
	}
}
