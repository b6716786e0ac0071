# METADATA
# title: The shapes of a finding
# description: >-
#   A finding about the action (scope "action") must not depend on input.review: what a person
#   approves is bound to those findings. One about the person who decides has scope "review".
package lib.finding

deny(rule, code, sentence) := {
	"rule": rule,
	"code": code,
	"sentence": sentence,
	"effect": "deny",
	"review_role": null,
	"scope": "action",
}

deny_reviewer(rule, code, sentence) := {
	"rule": rule,
	"code": code,
	"sentence": sentence,
	"effect": "deny",
	"review_role": null,
	"scope": "review",
}

review(rule, code, sentence, role) := {
	"rule": rule,
	"code": code,
	"sentence": sentence,
	"effect": "review",
	"review_role": role,
	"scope": "action",
}
