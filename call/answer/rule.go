package answer

import (
	"slices"

	"muster/deliver"
)

// unambiguous tells whether all that a code was found to stand for is about one and
// the same alarm, as it is where people share a number. A code that stands for
// two, which one in 62,000 does, is for neither.
func unambiguous(meant []deliver.Message) bool {
	return len(meant) > 0 && !slices.ContainsFunc(meant, func(m deliver.Message) bool { return m.About != meant[0].About })
}
