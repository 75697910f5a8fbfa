package pass

import "context"

// Sign signs whatever claims a test wants with the true key.
func (o *Office) Sign(ctx context.Context, c Claims) (string, error) {
	sign, err := o.signer(ctx)
	if err != nil {
		return "", err
	}
	return sign(c)
}

// Read is what a decision reads of a pass.
func (o *Office) Read(ctx context.Context, text string) (Claims, error) { return o.read(ctx, text, 0) }
