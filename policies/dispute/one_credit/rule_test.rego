package dispute.one_credit_test

import data.dispute.one_credit
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(one_credit.findings) with input as question
}

test_valid_passes if {
	one_credit.passes with input as t.valid
	_codes(t.valid) == set()
}

test_posted_credit_denies if _codes(t.changed({"facts": {"credited_minor": 1}})) == {"ALREADY_CREDITED"}

test_live_permit_denies if _codes(t.changed({"facts": {"reserved_minor": 1}})) == {"ALREADY_CREDITED"}

test_null_text_and_negative_deny if {
	every value in [null, "0", false, -1] {
		_codes(t.changed({"facts": {"credited_minor": value}})) == {"ALREADY_CREDITED"}
		_codes(t.changed({"facts": {"reserved_minor": value}})) == {"ALREADY_CREDITED"}
	}
}

test_denies_without_each_input if {
	every path in ["facts", "facts/credited_minor", "facts/reserved_minor"] {
		question := t.without(path)
		found := one_credit.findings with input as question
		"deny" in t.effects(found)
	}
}
