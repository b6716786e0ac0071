package dispute.risk_test

import data.dispute.risk
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(risk.findings) with input as question
}

_roles(question) := found if {
	found := {one.review_role | some one in risk.findings} with input as question
}

test_valid_passes if {
	risk.passes with input as t.valid
	_codes(t.valid) == set()
}

_risk(risk_bp) := t.changed({"score": {"risk_bp": risk_bp}})

test_thresholds if {
	_codes(_risk(0)) == set()
	_codes(_risk(2999)) == set()
	_codes(_risk(3000)) == {"RISK_ELEVATED"}
	_roles(_risk(6999)) == {"analyst"}
	_codes(_risk(7000)) == {"RISK_HIGH"}
	_roles(_risk(10000)) == {"approver"}
}

test_no_score_goes_to_an_approver if {
	_codes(t.changed({"score": null})) == {"SCORE_UNAVAILABLE"}
	_roles(t.changed({"score": null})) == {"approver"}
}

test_out_of_range_and_other_types_deny if {
	every risk_bp in [-1, 10001, null, "100", false] {
		_codes(_risk(risk_bp)) == {"SCORE_INVALID"}
	}
}

test_denies_without_each_input if {
	every path in ["score", "score/risk_bp"] {
		question := t.without(path)
		found := risk.findings with input as question
		"deny" in t.effects(found)
	}
}
