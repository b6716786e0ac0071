package dispute.rejected_before_test

import data.dispute.rejected_before
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(rejected_before.findings) with input as question
}

test_valid_passes if {
	rejected_before.passes with input as t.valid
	_codes(t.valid) == set()
}

test_an_earlier_no_goes_to_an_approver if {
	_codes(t.changed({"facts": {"rejected_before": 1}})) == {"REJECTED_BEFORE"}
	_codes(t.changed({"facts": {"rejected_before": 7}})) == {"REJECTED_BEFORE"}
}

test_null_text_and_negative_deny if {
	every value in [null, "0", false, -1] {
		_codes(t.changed({"facts": {"rejected_before": value}})) == {"REJECTIONS_UNKNOWN"}
	}
}

test_denies_without_each_input if {
	every path in ["facts", "facts/rejected_before"] {
		question := t.without(path)
		found := rejected_before.findings with input as question
		"deny" in t.effects(found)
	}
}
