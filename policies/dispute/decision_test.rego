package dispute_test

import data.fixtures_test as t

test_valid_has_no_findings if {
	answer := data.dispute.answer with input as t.valid with data.sluicegate_bundle as {"digest": t.digest}
	answer.complete == true
	answer.findings == set()
	count(answer.rules) == 20
	answer.bundle_digest == t.digest
}

test_without_a_digest_there_is_no_answer if {
	not data.dispute.answer with input as t.valid with data.sluicegate_bundle as {}
}

test_nothing_at_all_denies_by_every_rule if {
	found := data.dispute.findings with input as {}
	{rule | some rule in data.dispute.rules} == {item.rule | some item in found; item.effect == "deny"}
}

test_nothing_at_all_is_a_complete_answer if data.dispute.complete with input as {}

test_findings_about_the_action_do_not_depend_on_the_review if {
	every item in [null, t.review, object.union(t.review, {"reviewer": "agent:dispute", "reviewer_roles": []})] {
		found := data.dispute.findings with input as object.union(t.amount(50000, "USD"), {"review": item})
		t.codes({one | some one in found; one.scope == "action"}) == {"AMOUNT_NEEDS_REVIEW"}
	}
}
