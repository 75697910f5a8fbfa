package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"muster/id"
	"muster/ledger/cosign"
)

// checkpoint is what a signed note says of a log (C2SP tlog-checkpoint).
type checkpoint struct {
	origin string // unique name of the log
	size   int64
	root   tlog.Hash
}

func (c checkpoint) text() string {
	return c.origin + "\n" + strconv.FormatInt(c.size, 10) + "\n" + c.root.String() + "\n"
}

var errNote = errors.New("ledger: this is no checkpoint")

func parseCheckpoint(text string) (checkpoint, error) {
	h, err := cosign.ParseHead(text)
	c := checkpoint{h.Origin, h.Size, h.Root}
	if err != nil || c.text() != text { // ours has no lines of its own
		return checkpoint{}, errNote
	}
	return c, nil
}

// originOf names the log of one organisation at one installation. The
// installation's name comes from its public key, so that no two share one and
// a changed key shows in the name of every book.
func originOf(pub ed25519.PublicKey, org id.Org) string {
	sum := sha256.Sum256(pub)
	return "muster/" + hex.EncodeToString(sum[:8]) + "/" + string(org)
}

// orgOf is the organisation that an origin names.
func orgOf(origin string) string { return origin[strings.LastIndexByte(origin, '/')+1:] }

// signer signs checkpoints of one origin. Every book of an installation has
// the same key, under its own name.
type signer struct {
	note.Verifier
	key ed25519.PrivateKey
}

func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// verifierKey is the public key of an origin as a signed note wants it.
func verifierKey(origin string, pub ed25519.PublicKey) (string, error) {
	return note.NewEd25519VerifierKey(origin, pub)
}

func (c checkpoint) sign(key ed25519.PrivateKey) (string, error) {
	vkey, err := verifierKey(c.origin, key.Public().(ed25519.PublicKey))
	if err != nil {
		return "", err
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return "", err
	}
	signed, err := note.Sign(&note.Note{Text: c.text()}, signer{v, key})
	return string(signed), err
}

// parseKey reads a verifier key and gives it back in its only spelling.
func parseKey(vkey string) (note.Verifier, string, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, "", err
	}
	parts := strings.SplitN(vkey, "+", 3) // base64 may hold a plus itself
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize {
		return nil, "", errors.New("ledger: this is no public key of a book")
	}
	canonical, err := verifierKey(v.Name(), raw[1:])
	return v, canonical, err
}

// openCheckpoint reads a signed checkpoint. Signatures by others, such as
// witnesses, may stand beside the log's own.
func openCheckpoint(signed string, v note.Verifier) (checkpoint, error) {
	n, err := note.Open([]byte(signed), note.VerifierList(v))
	if err != nil {
		return checkpoint{}, err
	}
	c, err := parseCheckpoint(n.Text)
	if err == nil && c.origin != v.Name() {
		err = fmt.Errorf("ledger: signed as %q", v.Name())
	}
	return c, err
}

// openWitnessed reads a signed checkpoint with the cosignatures of those
// witnesses that are known. One that does not hold spoils it.
func openWitnessed(signed string, v note.Verifier, witnesses []note.Verifier) (checkpoint, []Witnessed, error) {
	c, err := openCheckpoint(signed, v)
	if err != nil || len(witnesses) == 0 {
		return c, nil, err
	}
	n, err := note.Open([]byte(signed), note.VerifierList(append([]note.Verifier{v}, witnesses...)...))
	if err != nil {
		return c, nil, err
	}
	var seen []Witnessed
	for _, sig := range n.Sigs {
		if sig.Name != v.Name() {
			seen = append(seen, Witnessed{sig.Name, cosign.When(sig), c.size})
		}
	}
	return c, seen, nil
}

// noteIn finds a signed checkpoint in a mail that it came in: quoted, indented,
// and with other blank lines than those of the note. Text without one is left as
// it is.
func noteIn(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(strings.TrimLeft(line, "> \t")); line != "" {
			lines = append(lines, line)
		}
	}
	const body, signature = 3, "— "
	for i := 0; i+body < len(lines); i++ {
		if !strings.HasPrefix(lines[i], "muster/") || !strings.HasPrefix(lines[i+body], signature) {
			continue
		}
		end := i + body + 1
		for end < len(lines) && strings.HasPrefix(lines[end], signature) {
			end++
		}
		return strings.Join(lines[i:i+body], "\n") + "\n\n" + strings.Join(lines[i+body:end], "\n") + "\n"
	}
	return text
}

// asSigned tells whether an opened checkpoint is spelt exactly as the log
// writes it, with the log's signature alone: base64 forgives changes in its
// last character.
func (c checkpoint) asSigned(signed string) bool {
	before := c.text() + "\n— " + c.origin + " "
	sig, ours := strings.CutPrefix(signed, before)
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(sig, "\n"))
	return ours && err == nil && signed == before+base64.StdEncoding.EncodeToString(raw)+"\n"
}

// VerifierOf is what verifies a book of the installation with that public key,
// by the book's name; not ours: it is the name of no book there.
func VerifierOf(pub ed25519.PublicKey, origin string) (v note.Verifier, ours bool) {
	if origin != originOf(pub, id.Org(orgOf(origin))) {
		return nil, false
	}
	key, err := verifierKey(origin, pub)
	if err == nil {
		v, err = note.NewVerifier(key)
	}
	return v, err == nil
}
