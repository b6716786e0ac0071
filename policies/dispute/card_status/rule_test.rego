package dispute.card_status_test

import data.dispute.card_status
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(card_status.findings) with input as question
}

_roles(question) := found if {
	found := {one.review_role | some one in card_status.findings} with input as question
}

test_valid_passes if {
	card_status.passes with input as t.valid
	_codes(t.valid) == set()
}

_card(status, category) := t.changed({
	"facts": {"card": {"status": status}},
	"proposal": {"category": category},
})

test_expired_passes if _codes(_card("expired", "duplicate")) == set()

test_lost_or_stolen_fits_fraud if {
	_codes(_card("lost", "fraud")) == set()
	_codes(_card("stolen", "fraud")) == set()
}

test_lost_or_stolen_in_another_claim_goes_to_an_analyst if {
	every category in ["duplicate", "unclear", null] {
		_codes(_card("lost", category)) == {"CARD_LOST_NOT_FRAUD"}
		_roles(_card("stolen", category)) == {"analyst"}
	}
}

test_blocked_goes_to_an_analyst if {
	_codes(_card("blocked", "fraud")) == {"CARD_BLOCKED"}
	_roles(_card("blocked", "fraud")) == {"analyst"}
}

test_unknown_state_denies if {
	every status in ["", null, "new", 1] {
		_codes(_card(status, "fraud")) == {"CARD_STATUS_UNKNOWN"}
	}
}

test_no_card_denies if _codes(t.changed({"facts": {"card": null}})) == {"CARD_UNKNOWN"}

test_without_a_category_a_lost_card_is_not_fine if {
	_codes(json.remove(_card("lost", "fraud"), ["proposal/category"])) == {"CARD_LOST_NOT_FRAUD"}
}

test_denies_without_each_input if {
	every path in ["facts", "facts/card", "facts/card/status"] {
		question := t.without(path)
		found := card_status.findings with input as question
		"deny" in t.effects(found)
	}
}
