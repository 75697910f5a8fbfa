package ledger

import (
	"runtime"
	"sync"
	"weak"

	"muster/store"
)

// open holds the batch of each unit that has appended and not yet sealed. The
// keys are weak: of a unit that fails before it seals, nothing may stay.
var open sync.Map // weak.Pointer[store.Tx] → *batch

// batchOf is the batch of the unit, which seals itself before the commit.
func batchOf(tx *store.Tx) *batch {
	key := weak.Make(tx)
	if b, ok := open.Load(key); ok {
		return b.(*batch)
	}
	b := &batch{}
	open.Store(key, b)
	runtime.AddCleanup(tx, func(key weak.Pointer[store.Tx]) { open.Delete(key) }, key)
	tx.BeforeCommit(func() error {
		open.Delete(key)
		return b.seal(tx)
	})
	return b
}
