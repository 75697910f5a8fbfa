package ledger

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"muster/fault"
	"muster/id"
	"muster/store"
)

const proofHeader = "c2sp.org/tlog-proof@v1\n"

// Prove returns an entry's leaf and the proof that the organisation's book
// contains it, with a fresh checkpoint (C2SP tlog-proof). An entry that does
// not exist is NotFound.
func (b *Book) Prove(ctx context.Context, org id.Org, seq int64) (leaf, proof string, err error) {
	signed, err := b.Checkpoint(ctx, org)
	if err != nil {
		return "", "", err
	}
	v, err := note.NewVerifier(b.Key(org))
	if err != nil {
		return "", "", err
	}
	c, err := openCheckpoint(signed, v)
	if err != nil {
		return "", "", err
	}
	if seq < 0 || seq >= c.size {
		return "", "", errNone
	}
	var path tlog.RecordProof
	err = b.store.View(ctx, org, func(tx *store.Tx) (err error) {
		if leaf, err = store.One(tx, getLeaves, store.Scalar[string], seq, seq+1); err != nil {
			return err
		}
		path, err = tlog.ProveRecord(c.size, seq, reader(tx, c.size))
		return err
	})
	if err != nil {
		return "", "", err
	}
	var text strings.Builder
	text.WriteString(proofHeader + "index " + strconv.FormatInt(seq, 10) + "\n")
	for _, h := range path {
		text.WriteString(h.String() + "\n")
	}
	text.WriteString("\n" + signed)
	return leaf, text.String(), nil
}

// CheckProof checks a proof against an entry's leaf and the book's public
// key, without the installation. What does not hold is Invalid "bad_proof".
func CheckProof(leaf, proof, key string) error {
	if err := checkProof(leaf, proof, key); err != nil {
		return fault.New(fault.Invalid, "bad_proof").Wrap(err)
	}
	return nil
}

func checkProof(leaf, proof, key string) error {
	v, err := note.NewVerifier(key)
	if err != nil {
		return err
	}
	text, known := strings.CutPrefix(proof, proofHeader)
	body, signed, parted := strings.Cut(text, "\n\n")
	lines := strings.Split(body, "\n")
	place, named := strings.CutPrefix(lines[0], "index ")
	if !known || !parted || !named {
		return errors.New("not a proof in the form c2sp.org/tlog-proof@v1")
	}
	seq, err := strconv.ParseInt(place, 10, 64)
	if err != nil {
		return err
	}
	path := make(tlog.RecordProof, 0, len(lines)-1)
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		path = append(path, h)
	}
	c, err := openCheckpoint(signed, v)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(path, c.size, c.root, seq, tlog.RecordHash([]byte(leaf)))
}
