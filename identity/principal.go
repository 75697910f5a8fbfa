
// Forget deletes the account that whoever reads the mail of an address signs in
// with, and everything that leads to it, where no organisation and no work for
// the provider is left in which it is used.
func Forget(tx *store.AcrossTx, email string) error {
	_, folded, err := readEmail(email)
	if err != nil {
		return nil // nobody signs in with that
	}
	idle, err := store.All(tx, idleAccount, store.Scalar[id.Account], folded)
	for _, acc := range idle {
		for _, q := range forgetAccount {
			err = errors.Join(err, tx.Write(q, acc))
		}
	}
	return errors.Join(err, tx.Write(forgetCodes, folded))
}
