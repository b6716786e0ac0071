package dispute.reviewer_role_test

import data.dispute.reviewer_role
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(reviewer_role.findings) with input as question
}

test_valid_passes if {
	reviewer_role.passes with input as t.valid
	_codes(t.valid) == set()
}

_reviewed(changes) := t.changed({"review": object.union(t.review, changes)})

test_analyst_and_approver_pass if {
	_codes(_reviewed({})) == set()
	_codes(_reviewed({"reviewer_roles": ["viewer", "approver"]})) == set()
}

test_other_roles_deny if {
	every roles in [[], ["viewer", "admin", "service", "auditor"], null, "analyst", ["ANALYST"]] {
		_codes(_reviewed({"reviewer_roles": roles})) == {"REVIEWER_NO_ROLE"}
	}
}

test_agents_and_services_deny if {
	every reviewer in ["agent:dispute", "service:cards", "ann", "", null, 7] {
		_codes(_reviewed({"reviewer": reviewer})) == {"REVIEWER_NOT_PERSON"}
	}
}

test_denies_a_reviewed_one_without_each_input if {
	_codes(json.remove(_reviewed({}), ["review/reviewer"])) == {"REVIEWER_NOT_PERSON"}
	_codes(json.remove(_reviewed({}), ["review/reviewer_roles"])) == {"REVIEWER_NO_ROLE"}
}

test_denies_without_each_input if {
	every path in ["review"] {
		question := t.without(path)
		found := reviewer_role.findings with input as question
		"deny" in t.effects(found)
	}
}
