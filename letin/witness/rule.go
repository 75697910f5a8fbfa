// Package witness has independent witnesses cosign what each organisation's
// book comes to, and cosigns the logs of others (access N6). A witness keeps the
// longest checkpoint that it has seen of a log and signs only one that continues
// it: so a book that was cut off or written anew finds no witness any more, and
// who it belongs to is told.
package witness

import (
	"bufio"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"muster/deliver/outward"
	"muster/ledger"
	"muster/ledger/cosign"
)

// Peer is a witness that is asked.
type Peer struct {
	Key cosign.Key
	URL string // to which /add-checkpoint is added
}

// MaxPeers is how many witnesses an installation asks: a note with all their
// signatures must be readable everywhere.
const MaxPeers = 12

// ParsePeers reads the witnesses to ask, one a line, in the form of C2SP
// tlog-policy: witness NAME KEY URL. What follows a # is a remark.
func ParsePeers(text string, allowed []netip.Prefix) (all []Peer, err error) {
	err = lines(text, func(words []string) error {
		if len(words) != 4 || words[0] != "witness" {
			return fmt.Errorf("must be: witness NAME KEY URL")
		}
		key, err := cosign.ParseKey(words[2])
		if err != nil {
			return err
		}
		if err := outward.CheckURL(words[3], allowed); err != nil {
			return fmt.Errorf("%s is no address that can be reached: it must be https, or http in a network that is allowed", words[3])
		}
		if slices.ContainsFunc(all, func(p Peer) bool { return p.Key.Name() == key.Name() }) || len(all) == MaxPeers {
			return fmt.Errorf("a witness is named once, and there are at most %d", MaxPeers)
		}
		all = append(all, Peer{key, words[3]})
		return nil
	})
	return all, err
}

// Logs are those that this installation cosigns as a witness.
type Logs struct {
	known         []note.Verifier
	installations []ed25519.PublicKey
}

// ParseLogs reads them, one a line: log KEY for one log, and muster KEY for
// all books of another installation. What follows a # is a remark.
func ParseLogs(text string) (l Logs, err error) {
	err = lines(text, func(words []string) error {
		if len(words) != 2 {
			return fmt.Errorf("must be: log KEY, or muster KEY")
		}
		switch words[0] {
		case "log":
			v, err := note.NewVerifier(words[1])
			l.known = append(l.known, v)
			return err
		case "muster":
			raw, err := base64.StdEncoding.DecodeString(words[1])
			if err != nil || len(raw) != ed25519.PublicKeySize {
				return fmt.Errorf("%s is no key of an installation", words[1])
			}
			l.installations = append(l.installations, raw)
			return nil
		}
		return fmt.Errorf("must be: log KEY, or muster KEY")
	})
	return l, err
}

// lines reads a file of words, line by line.
func lines(text string, take func(words []string) error) error {
	scan := bufio.NewScanner(strings.NewReader(text))
	for n := 1; scan.Scan(); n++ {
		line, _, _ := strings.Cut(scan.Text(), "#")
		if words := strings.Fields(line); len(words) > 0 {
			if err := take(words); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
		}
	}
	return scan.Err()
}

// of finds the keys that a log may be signed with; none: it is not known.
func (l Logs) of(origin string) (keys []note.Verifier) {
	for _, v := range l.known {
		if v.Name() == origin {
			keys = append(keys, v)
		}
	}
	for _, pub := range l.installations {
		if v, ours := ledger.VerifierOf(pub, origin); ours {
			keys = append(keys, v)
		}
	}
	return keys
}

// Trouble is why a witness gave no cosignature.
type Trouble string

const (
	Away     Trouble = "away"     // cannot be reached, or answers what no witness would
	Stranger Trouble = "stranger" // does not know this book
	Refuted  Trouble = "refuted"  // the book does not continue what it holds
	Rewound  Trouble = "rewound"  // it holds more than the book has
)

// Alarming tells whether the trouble means that somebody has been at the book.
func (t Trouble) Alarming() bool { return t == Refuted || t == Rewound }

// State is what one witness last said of a book.
type State struct {
	Witness string // its key
	Size    int64  // of what it cosigned last
	At      time.Time
	Note    string // the checkpoint with the log's signature and the witness's
	Asked   time.Time
	Trouble Trouble
	Known   int64 // what it holds, where it is in trouble over the size
}

// Name is the witness's name.
func (s State) Name() string { name, _, _ := strings.Cut(s.Witness, "+"); return name }
