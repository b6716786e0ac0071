package dispute.transaction_status_test

import data.dispute.transaction_status
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(transaction_status.findings) with input as question
}

test_valid_passes if {
	transaction_status.passes with input as t.valid
	_codes(t.valid) == set()
}

test_not_posted_denies if {
	every status in ["pending", "reversed", "POSTED", null, 1] {
		_codes(t.changed({"facts": {"transaction": {"status": status}}})) == {"TRANSACTION_NOT_POSTED"}
	}
}

test_no_transaction_denies if {
	_codes(t.changed({"facts": {"transaction": null}})) == {"TRANSACTION_NOT_POSTED"}
}

test_denies_without_each_input if {
	every path in ["facts", "facts/transaction", "facts/transaction/status"] {
		question := t.without(path)
		found := transaction_status.findings with input as question
		"deny" in t.effects(found)
	}
}
