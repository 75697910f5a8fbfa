package policy

import (
	"slices"

	"github.com/cedar-policy/cedar-go"
)

// Grouped lists the actions that the schema puts into a group, by name.
func Grouped(group string) (actions []string) {
	of := cedar.EntityUID{Type: "Action", ID: cedar.String(group)}
	for uid, a := range rules.actions {
		if a.Parents.Contains(of) {
			actions = append(actions, string(uid.ID))
		}
	}
	slices.Sort(actions)
	return actions
}
