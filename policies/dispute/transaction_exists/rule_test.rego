package dispute.transaction_exists_test

import data.dispute.transaction_exists
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(transaction_exists.findings) with input as question
}

test_valid_passes if {
	transaction_exists.passes with input as t.valid
	_codes(t.valid) == set()
}

test_no_transaction_denies if _codes(t.changed({"facts": {"transaction": null}})) == {"TRANSACTION_UNKNOWN"}

test_another_transaction_denies if {
	_codes(t.changed({"facts": {"transaction": {"id": "txn_2"}}})) == {"TRANSACTION_UNKNOWN"}
}

test_nulls_are_not_equal if {
	nulls := {"facts": {"transaction": {"id": null}}, "proposal": {"transaction_id": null}}
	_codes(t.changed(nulls)) == {"TRANSACTION_UNKNOWN"}
}

test_denies_without_each_input if {
	every path in ["facts", "facts/transaction", "facts/transaction/id", "proposal/transaction_id"] {
		question := t.without(path)
		found := transaction_exists.findings with input as question
		"deny" in t.effects(found)
	}
}
