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

// Proved is an entry with the proof that the book contains it.
type Proved struct {
	Seq    int64
	Leaf   string // as it is hashed
	Values string // JSON: what opens the leaf's commitments, null for what was erased
	Proof  string // C2SP tlog-proof
}

// Prove returns an entry's leaf and the proof that the organisation's book
// contains it, with a fresh checkpoint (C2SP tlog-proof). An entry that does
// not exist is NotFound.
func (b *Book) Prove(ctx context.Context, org id.Org, seq int64) (leaf, proof string, err error) {
	all, err := b.ProveAll(ctx, org, []int64{seq})
	if err != nil {
		return "", "", err
	}
	return all[0].Leaf, all[0].Proof, nil
}

// ProveAll does that for several entries, all against one checkpoint.
func (b *Book) ProveAll(ctx context.Context, org id.Org, seqs []int64) (all []Proved, err error) {
	signed, err := b.Checkpoint(ctx, org)
	if err != nil {
		return nil, err
	}
	v, err := note.NewVerifier(b.Key(org))
	if err != nil {
		return nil, err
	}
	c, err := openCheckpoint(signed, v)
	if err != nil {
		return nil, err
	}
	err = b.store.View(ctx, org, func(tx *store.Tx) error {
		hashes := reader(tx, c.size)
		for _, seq := range seqs {
			if seq < 0 || seq >= c.size {
				return errNone
			}
			p, err := prove(tx, hashes, c.size, seq)
			if err != nil {
				return err
			}
			p.Proof += signed
			all = append(all, p)
		}
		return nil
	})
	return all, err
}

// prove is an entry with its proof, up to the checkpoint.
func prove(tx *store.Tx, hashes *nodes, size, seq int64) (p Proved, err error) {
	rows, err := store.All(tx, exportPage, scanRow, seq, seq+1)
	if err != nil {
		return p, err
	}
	rows = together(rows)
	if len(rows) == 0 {
		return p, errNone
	}
	l, err := parseLeaf([]byte(rows[0].leaf))
	if err != nil {
		return p, err
	}
	p = Proved{Seq: seq, Leaf: rows[0].leaf, Values: stored(l.withGone(rows[0].open))}
	path, err := tlog.ProveRecord(size, seq, hashes)
	if err != nil {
		return p, err
	}
	var text strings.Builder
	text.WriteString(proofHeader + "index " + strconv.FormatInt(seq, 10) + "\n")
	for _, h := range path {
		text.WriteString(h.String() + "\n")
	}
	p.Proof = text.String() + "\n"
	return p, nil
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

// Check checks an entry by itself, against the book's public key and without
// the installation: that the book contains it, and that what is shown of a
// person is what was written. What does not hold is Invalid "bad_proof".
func (p Proved) Check(key string) error {
	if err := CheckProof(p.Leaf, p.Proof, key); err != nil {
		return err
	}
	bad := fault.New(fault.Invalid, "bad_proof")
	l, err := parseLeaf([]byte(p.Leaf))
	if err != nil {
		return bad.Wrap(err)
	}
	open, err := parseValues([]byte(p.Values))
	if err != nil || len(open) != len(l.personal) || l.seq != p.Seq {
		return bad.Wrap(err)
	}
	for i, v := range open {
		if promised := l.personal[i]; v.field != promised.field || !v.gone && !v.opens(promised) {
			return bad
		}
	}
	return nil
}
