package notice

import (
	"slices"

	"muster/fault"
	"muster/id"
	"muster/store"
)

// Frees tells whether a component may be taken out, in the provider's own unit:
// Conflict "component_told" while news about it are not over, for their last
// word would reach nobody of those who heard the first.
func Frees(tx *store.Tx, which id.Component) error {
	all, err := store.All(tx, openNotices, scanNotice)
	if err == nil && slices.ContainsFunc(all, func(n Notice) bool { return slices.Contains(n.Components, which) }) {
		err = fault.New(fault.Conflict, "component_told")
	}
	return err
}
