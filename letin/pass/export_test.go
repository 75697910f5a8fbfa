package pass

import (
	"context"

	"muster/store"
)

// Sign signs whatever claims a test wants with the true key.
func (o *Office) Sign(ctx context.Context, c Claims) (text string, err error) {
	err = o.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		text, err = o.sign(tx, c)
		return err
	})
	return text, err
}

// Read checks a signature.
var Read = (*Office).read
