package witness

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"golang.org/x/mod/sumdb/note"

	"muster/fault"
	"muster/ledger/cosign"
	"muster/seal"
	"muster/store"
)

// Stand is where this installation is a witness of others. Safe for use from
// many sides, and on many nodes.
type Stand struct {
	store *store.Store
	name  string
	key   ed25519.PrivateKey
	logs  Logs
}

// maxLogs is how many logs are kept.
const maxLogs = 10_000

const keyName = "witness.key"

// Take opens the stand under a name, such as muster.example/witness. Its key is
// made at the first opening and kept sealed in the database.
func Take(ctx context.Context, s *store.Store, k *seal.Keys, name string, logs Logs) (*Stand, error) {
	sealed, err := s.Installation(ctx, keyName, func() ([]byte, error) {
		seed := make([]byte, ed25519.SeedSize)
		rand.Read(seed)
		return k.Seal(keyName, seed)
	})
	if err != nil {
		return nil, err
	}
	seed, err := k.Open(keyName, sealed)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, errors.Join(errors.New("the witness’s key cannot be unsealed"), err)
	}
	stand := &Stand{s, name, ed25519.NewKeyFromSeed(seed), logs}
	_, err = cosign.KeyOf(name, stand.key)
	return stand, err
}

// Key is the public key of the stand, as others configure it.
func (s *Stand) Key() cosign.Key {
	k, err := cosign.KeyOf(s.name, s.key)
	if err != nil { // Take has read it
		panic("witness: " + err.Error())
	}
	return k
}

// Cosign answers a request to cosign (add-checkpoint of C2SP tlog-witness):
// the lines to add to the checkpoint. What is not cosigned is a fault:
//
//	Invalid   "witness_form"     it is in no form that could be read
//	NotFound  "witness_stranger" the log is not known here
//	Forbidden "witness_key"      it is not signed with a key of the log
//	Conflict  "witness_behind"   another size is held than the proof begins at: Known
//	Conflict  "witness_refuted"  the log does not continue what is held
func (s *Stand) Cosign(ctx context.Context, body []byte) (lines string, err error) {
	form := fault.New(fault.Invalid, "witness_form")
	a, err := cosign.ParseAsk(body)
	if err != nil {
		return "", form.Wrap(err)
	}
	keys := s.logs.of(a.Origin())
	if len(keys) == 0 {
		return "", fault.New(fault.NotFound, "witness_stranger")
	}
	n, err := note.Open([]byte(a.Note), note.VerifierList(keys...))
	if unsigned := (*note.UnverifiedNoteError)(nil); errors.As(err, &unsigned) {
		return "", fault.New(fault.Forbidden, "witness_key").Wrap(err)
	}
	if wrong := (*note.InvalidSignatureError)(nil); errors.As(err, &wrong) {
		return "", fault.New(fault.Forbidden, "witness_key").Wrap(err)
	}
	if err != nil {
		return "", form.Wrap(err)
	}
	head, err := cosign.ParseHead(n.Text)
	if err != nil || a.Old > head.Size {
		return "", form.Wrap(err)
	}
	err = s.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		lines, err = s.advance(tx, a, head, n)
		return err
	})
	return lines, err
}

// advance takes the log's new head if it continues the one that is held, in one
// unit, and cosigns it.
func (s *Stand) advance(tx *store.AcrossTx, a cosign.Ask, head cosign.Head, n *note.Note) (string, error) {
	mark := Mark(head.Origin)
	h, err := store.One(tx, known, scanHeld, mark)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return "", err
	}
	fresh := err != nil
	behind := fault.New(fault.Conflict, "witness_behind")
	if a.Old != h.Size {
		return "", behind.With("Known", h.Size)
	}
	if !cosign.Grown(h.Head, head, a.Proof) {
		return "", fault.New(fault.Conflict, "witness_refuted")
	}
	signer, err := cosign.Signer(s.name, s.key, tx.Now())
	if err != nil {
		return "", err
	}
	signed, err := note.Sign(&note.Note{Text: n.Text, Sigs: n.Sigs}, signer)
	if err != nil {
		return "", err
	}
	var changed int64
	if fresh {
		all, err := store.One(tx, count, store.Scalar[int64])
		if err != nil {
			return "", err
		}
		if all >= maxLogs {
			return "", fault.New(fault.NotFound, "witness_stranger")
		}
		changed, err = tx.Exec(first, mark, head.Size, head.Root[:], string(signed), tx.Now())
		if err != nil {
			return "", err
		}
	} else if changed, err = tx.Exec(next, mark, head.Size, head.Root[:], string(signed), tx.Now(), h.Size, h.Root[:]); err != nil {
		return "", err
	}
	if changed == 0 { // somebody was quicker
		h, err = store.One(tx, known, scanHeld, mark)
		return "", errors.Join(behind.With("Known", h.Size), err)
	}
	alone, err := note.Sign(&note.Note{Text: n.Text}, signer)
	return string(alone[len(n.Text)+1:]), err
}

// Mark is the name of a log as it stands in an address.
func Mark(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:])
}

// Latest is what was cosigned last of the log of that mark, with the log's own
// signature and ours. One that was never cosigned is NotFound.
func (s *Stand) Latest(ctx context.Context, mark string) (signed string, err error) {
	err = s.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		h, err := store.One(tx, known, scanHeld, mark)
		signed = h.note
		return err
	})
	return signed, err
}
