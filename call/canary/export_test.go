package canary

import (
	"context"

	"muster/id"
)

// Look is one round of Watch.
func (k *Keeper) Look(ctx context.Context, heartbeat string) error { return k.look(ctx, heartbeat) }

// Cage is the canary's organisation.
func (k *Keeper) Cage() id.Org { return k.cage.Org }
