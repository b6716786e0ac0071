package dispute.customer_match_test

import data.dispute.customer_match
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(customer_match.findings) with input as question
}

test_valid_passes if {
	customer_match.passes with input as t.valid
	_codes(t.valid) == set()
}

test_each_other_customer_denies if {
	every changes in [
		{"proposal": {"customer_id": "cus_2"}},
		{"facts": {"claim": {"customer_id": "cus_2"}}},
		{"facts": {"transaction": {"customer_id": "cus_2"}}},
		{"facts": {"account": {"customer_id": "cus_2"}}},
		{"facts": {"customer": {"id": "cus_2"}}},
		{"facts": {"customer": null}},
	] {
		_codes(t.changed(changes)) == {"CUSTOMER_MISMATCH"}
	}
}

test_nulls_are_not_equal if {
	nulls := {
		"proposal": {"customer_id": null},
		"facts": {
			"claim": {"customer_id": null},
			"transaction": {"customer_id": null},
			"account": {"customer_id": null},
			"customer": {"id": null},
		},
	}
	_codes(t.changed(nulls)) == {"CUSTOMER_MISMATCH"}
}

test_denies_without_each_input if {
	every path in [
		"proposal/customer_id",
		"facts/claim/customer_id",
		"facts/transaction/customer_id",
		"facts/account/customer_id",
		"facts/customer/id",
		"facts/customer",
	] {
		question := t.without(path)
		found := customer_match.findings with input as question
		"deny" in t.effects(found)
	}
}
