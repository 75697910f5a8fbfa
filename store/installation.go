package store

import (
	"context"
	"errors"

	"muster/fault"
)

// Installation returns a value kept once for the whole installation under
// name. When there is none yet, make provides it; of several nodes that start
// at once, one wins and all return the same value. Values that are secret must
// be sealed by whoever makes them.
func (s *Store) Installation(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error) {
	value, err := s.installed(ctx, name)
	if !errors.Is(err, fault.New(fault.NotFound, "not_found")) {
		return value, err
	}
	fresh, err := make()
	if err != nil {
		return nil, err
	}
	err = s.Across().Do(ctx, func(tx *AcrossTx) error { return tx.Write(addSecret, name, fresh) })
	if err != nil {
		return nil, err
	}
	return s.installed(ctx, name)
}

// SetInstallation replaces a value of the installation.
func (s *Store) SetInstallation(ctx context.Context, name string, value []byte) error {
	return s.Across().Do(ctx, func(tx *AcrossTx) error { return tx.Write(setSecret, name, value) })
}

func (s *Store) installed(ctx context.Context, name string) (value []byte, err error) {
	err = s.Across().View(ctx, func(tx *AcrossTx) error {
		value, err = One(tx, getSecret, Scalar[[]byte], name)
		return err
	})
	return value, err
}
