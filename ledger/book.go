package ledger

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"muster/fault"
	"muster/id"
	"muster/seal"
	"muster/store"
)

// Book issues what leaves the installation: signed checkpoints, proofs and
// exports. Safe for use from many sides.
type Book struct {
	store *store.Store
	key   ed25519.PrivateKey
}

const keyName = "ledger.key"

// Open opens the books of the installation. Its signing key is made at the
// first opening and kept sealed in the database.
func Open(ctx context.Context, s *store.Store, k *seal.Keys) (*Book, error) {
	sealed, err := s.Installation(ctx, keyName, func() ([]byte, error) {
		seed := make([]byte, ed25519.SeedSize)
		rand.Read(seed)
		return k.Seal(keyName, seed)
	})
	if err != nil {
		return nil, fmt.Errorf("the book's signing key: %w", err)
	}
	seed, err := k.Open(keyName, sealed)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("the book's signing key cannot be unsealed: %w", err)
	}
	return &Book{store: s, key: ed25519.NewKeyFromSeed(seed)}, nil
}

// Key is the public key that verifies the organisation's book, as a signed
// note's verifier key. It is worth telling the customer by another way than
// the book itself.
func (b *Book) Key(org id.Org) string {
	key, err := verifierKey(b.origin(org), b.public())
	if err != nil { // only for names with spaces or a plus, which no identifier has
		panic("ledger: " + err.Error())
	}
	return key
}

// Public is the installation's key as another that witnesses all its books
// configures it.
func (b *Book) Public() string { return base64.StdEncoding.EncodeToString(b.public()) }

func (b *Book) public() ed25519.PublicKey { return b.key.Public().(ed25519.PublicKey) }

func (b *Book) origin(org id.Org) string { return originOf(b.public(), org) }

// Checkpoint signs the organisation's book as it stands and keeps a copy. A
// book that no longer begins with what was signed before is not signed: that
// is Internal "book_changed", and somebody has been at the database.
func (b *Book) Checkpoint(ctx context.Context, org id.Org) (signed string, err error) {
	err = b.store.Do(ctx, org, func(tx *store.Tx) error {
		t, err := head(tx)
		if err != nil {
			return err
		}
		if err := b.grownFromLast(tx, t); err != nil {
			return err
		}
		c := checkpoint{b.origin(org), t.size, t.root()}
		if signed, err = c.sign(b.key); err != nil {
			return err
		}
		return tx.Write(addCheckpoint, c.size, tx.Now(), signed)
	})
	return signed, err
}

// grownFromLast proves to ourselves what every witness would ask: that the
// book begins with the one we signed last.
func (b *Book) grownFromLast(tx *store.Tx, t *tree) error {
	last, err := store.One(tx, lastCheckpoint, store.Scalar[string])
	if errors.Is(err, errNone) {
		return nil
	}
	if err != nil {
		return err
	}
	v, err := note.NewVerifier(b.Key(tx.Org()))
	if err != nil {
		return err
	}
	old, err := openCheckpoint(last, v)
	if err != nil {
		return fmt.Errorf("ledger: a checkpoint that we kept cannot be read: %w", err)
	}
	if old.size == 0 {
		return nil
	}
	changed := fault.New(fault.Internal, "book_changed").With("Size", old.size)
	if old.size > t.size {
		return changed
	}
	proof, err := tlog.ProveTree(t.size, old.size, reader(tx, t.size))
	if err != nil {
		return changed.Wrap(err)
	}
	if err := tlog.CheckTree(proof, t.size, t.root(), old.size, old.root); err != nil {
		return changed.Wrap(err)
	}
	return nil
}

// Since proves to a witness, which holds a checkpoint of old entries, that the
// book only grew to the signed one. A size that the book never had is Invalid
// "bad_proof".
func (b *Book) Since(ctx context.Context, org id.Org, old int64, signed string) (proof tlog.TreeProof, err error) {
	v, err := note.NewVerifier(b.Key(org))
	if err != nil {
		return nil, err
	}
	c, err := openCheckpoint(signed, v)
	if err != nil {
		return nil, err
	}
	if old < 0 || old > c.size {
		return nil, fault.New(fault.Invalid, "bad_proof")
	}
	if old == 0 || old == c.size {
		return nil, nil
	}
	err = b.store.View(ctx, org, func(tx *store.Tx) error {
		proof, err = tlog.ProveTree(c.size, old, reader(tx, c.size))
		return err
	})
	return proof, err
}

// head reads the log's edge as it is committed; a book without entries is
// empty.
func head(tx *store.Tx) (*tree, error) {
	t, err := store.One(tx, getHead, scanHead)
	if errors.Is(err, errNone) {
		return &tree{}, nil
	}
	return t, err
}

// reader gives proofs the hashes of complete subtrees.
func reader(tx *store.Tx, size int64) *nodes {
	return &nodes{
		size: size, blocks: make(map[int64][]tlog.Hash),
		kept: func(level int, n int64) (tlog.Hash, error) {
			return store.One(tx, getHash, scanHash, level, n)
		},
		leaves: func(from, to int64) ([]tlog.Hash, error) {
			return store.All(tx, getLeaves, func(r store.Row) (tlog.Hash, error) {
				text, err := store.Scalar[string](r)
				return tlog.RecordHash([]byte(text)), err
			}, from, to)
		},
	}
}

func scanHash(r store.Row) (h tlog.Hash, err error) {
	raw, err := store.Scalar[[]byte](r)
	if err == nil && copy(h[:], raw) != tlog.HashSize {
		err = errors.New("ledger: a stored hash is too short")
	}
	return h, err
}
