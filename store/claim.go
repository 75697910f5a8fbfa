package store

// Claim records the key of the request that the unit belongs to, as Do does by
// itself, for a unit that AcrossTx.For opens for the organisation of whoever
// asks. It is called first; a key that is known is Conflict "already_done".
func Claim(tx *Tx) error { return claimOnce(tx) }
