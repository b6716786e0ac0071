package dispute.account_status_test

import data.dispute.account_status
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(account_status.findings) with input as question
}

test_valid_passes if {
	account_status.passes with input as t.valid
	_codes(t.valid) == set()
}

test_not_open_denies if {
	every status in ["frozen", "closed", "OPEN", null, true] {
		_codes(t.changed({"facts": {"account": {"status": status}}})) == {"ACCOUNT_NOT_OPEN"}
	}
}

test_no_account_denies if _codes(t.changed({"facts": {"account": null}})) == {"ACCOUNT_UNKNOWN"}

test_denies_without_each_input if {
	every path in ["facts", "facts/account", "facts/account/status"] {
		question := t.without(path)
		found := account_status.findings with input as question
		"deny" in t.effects(found)
	}
}
