package dispute.self_review_test

import data.dispute.self_review
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(self_review.findings) with input as question
}

test_valid_passes if {
	self_review.passes with input as t.valid
	_codes(t.valid) == set()
}

_reviewed_by(reviewer) := t.changed({
	"proposal": {"proposed_by": "person:pat", "opened_by": "person:olga"},
	"facts": {"claim": {"opened_by": "person:claire"}},
	"review": object.union(t.review, {"reviewer": reviewer}),
})

test_someone_else_passes if _codes(_reviewed_by("person:ann")) == set()

test_proposer_and_openers_deny if {
	every reviewer in ["person:pat", "person:olga", "person:claire", null] {
		_codes(_reviewed_by(reviewer)) == {"SELF_REVIEW"}
	}
}

test_finding_is_about_the_reviewer if {
	found := self_review.findings with input as _reviewed_by("person:pat")
	{one.scope | some one in found} == {"review"}
}

test_denies_a_reviewed_one_without_each_input if {
	every path in [
		"proposal/proposed_by",
		"proposal/opened_by",
		"facts/claim",
		"facts/claim/opened_by",
		"review/reviewer",
	] {
		_codes(json.remove(_reviewed_by("person:ann"), [path])) == {"SELF_REVIEW"}
	}
}

test_denies_without_each_input if {
	every path in ["review"] {
		question := t.without(path)
		found := self_review.findings with input as question
		"deny" in t.effects(found)
	}
}
