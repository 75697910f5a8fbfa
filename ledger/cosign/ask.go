package cosign

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Limits of what a witness reads (C2SP tlog-witness v1.0.0): proofs are no
// longer, and a note with sixteen signatures fits easily.
const (
	MaxBody  = 16 << 10
	maxProof = 63
)

// Head is what a checkpoint says of a log.
type Head struct {
	Origin string
	Size   int64
	Root   tlog.Hash
}

// ErrForm is a text that is not in the form it should be in.
var ErrForm = errors.New("this is no checkpoint in the form of C2SP tlog-checkpoint")

// ParseHead reads a checkpoint's text, without its signatures. More lines may
// follow the first three; they are the log's own.
func ParseHead(text string) (Head, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] == "" {
		return Head{}, ErrForm
	}
	size, ok := number(lines[1])
	root, err := tlog.ParseHash(lines[2])
	if !ok || err != nil || root.String() != lines[2] {
		return Head{}, ErrForm
	}
	return Head{lines[0], size, root}, nil
}

// number reads a size that is written in its only spelling.
func number(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && strconv.FormatInt(n, 10) == text
}

// Ask asks a witness to cosign a checkpoint: Old is the size that it cosigned
// last, and Proof that the log only grew since.
type Ask struct {
	Old   int64
	Proof tlog.TreeProof
	Note  string // the checkpoint with its signatures
}

// Bytes is the request as it travels.
func (a Ask) Bytes() []byte {
	var b bytes.Buffer
	b.WriteString("old " + strconv.FormatInt(a.Old, 10) + "\n")
	for _, h := range a.Proof {
		b.WriteString(h.String() + "\n")
	}
	b.WriteString("\n" + a.Note)
	return b.Bytes()
}

// ParseAsk reads a request.
func ParseAsk(body []byte) (Ask, error) {
	if len(body) > MaxBody {
		return Ask{}, ErrForm
	}
	head, signed, ok := strings.Cut(string(body), "\n\n")
	lines := strings.Split(head, "\n")
	size, named := strings.CutPrefix(lines[0], "old ")
	if !ok || !named || len(lines) > 1+maxProof {
		return Ask{}, ErrForm
	}
	a := Ask{Note: signed}
	if a.Old, ok = number(size); !ok {
		return Ask{}, ErrForm
	}
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return Ask{}, ErrForm
		}
		a.Proof = append(a.Proof, h)
	}
	return a, nil
}

// Origin is the log that a request is about, before anything of it is
// verified.
func (a Ask) Origin() string {
	origin, _, _ := strings.Cut(a.Note, "\n")
	return origin
}

// Grown tells whether a log only grew: from what was known of it to what is
// shown now, by the proof.
func Grown(old, now Head, proof tlog.TreeProof) bool {
	switch {
	case now.Size == 0:
		return now.Root == sha256.Sum256(nil) && old.Size == 0 && len(proof) == 0
	case old.Size == 0:
		return len(proof) == 0
	case old.Size > now.Size:
		return false
	}
	return tlog.CheckTree(proof, now.Size, now.Root, old.Size, old.Root) == nil
}
