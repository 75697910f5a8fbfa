package evidence

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"muster/fault"
	"muster/id"
	"muster/ledger"
)

// longest is how long a line may be, in bytes.
const longest = 16 << 20

// Checked is what was seen in a file of evidence.
type Checked struct {
	Organisation id.Org
	Subject      string
	Key          string          // the file's own; empty: it is no such file
	Row          json.RawMessage // how the thing stands
	Entries      int
	Complete     bool
}

// Check checks a file of evidence by itself, without the installation. With a
// key that is known by another way it must be that book's. complete says of how
// the thing stands whether nothing more can come. What does not hold is Invalid:
// "bad_evidence" with the line, 0 for the file as a whole.
func (a About) Check(r io.Reader, key string, complete func(json.RawMessage) (bool, error)) (Checked, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longest)
	lines.Split(whole)
	c := checking{about: a, key: key, complete: complete}
	for n := 1; lines.Scan(); n++ {
		if err := c.take(n, lines.Bytes()); err != nil {
			return c.Checked, Bad(n, err)
		}
		c.body = append(c.body, lines.Bytes()...)
	}
	if err := lines.Err(); err != nil || !c.ended { // its end was cut off
		return c.Checked, Bad(0, err)
	}
	return c.Checked, nil
}

// whole splits into lines with their ends; what has none is no line.
func whole(data []byte, atEOF bool) (advance int, line []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, errEvidence
	}
	return 0, nil, nil
}

// Bad is the fault of evidence that does not hold from a line on.
func Bad(line int, cause error) error {
	return fault.New(fault.Invalid, "bad_evidence").With("Line", line).Wrap(cause)
}

// checking follows a file from line to line.
type checking struct {
	Checked
	about    About
	key      string // known by another way; may be empty
	complete func(json.RawMessage) (bool, error)
	body     []byte // the lines so far
	row      string // digest of the second line
	over     bool
	seqs     []int64
	last     boundBy
	ended    bool
}

// boundBy is what the entry of the evidence binds.
type boundBy struct {
	Seq     int64  `json:"seq"`
	Kind    string `json:"kind"`
	Subject string `json:"subject"`
	Facts   struct{ Digest, Places string }
}

var errEvidence = errors.New("not as the book has it")

func (c *checking) take(n int, text []byte) error {
	switch {
	case n == 1:
		return c.head(text)
	case c.ended:
		return errEvidence
	case n == 2:
		row := map[string]json.RawMessage{}
		if err := json.Unmarshal(text, &row); err != nil {
			return err
		}
		said, ok := row[string(c.about)]
		if !ok || len(row) != 1 {
			return errEvidence
		}
		c.row, c.Row = Digest(text), slices.Clone(said)
		over, err := c.complete(said)
		c.over = over
		return err
	case bytes.HasPrefix(text, []byte(`{"entry":`)):
		return c.entry(text)
	}
	return c.end(text)
}

func (c *checking) head(text []byte) error {
	head := map[string]string{}
	if err := json.Unmarshal(text, &head); err != nil {
		return err
	}
	if head["format"] != c.about.format() || len(head) != 4 {
		return errEvidence
	}
	c.Organisation, c.Subject, c.Key = id.Org(head["organisation"]), head[string(c.about)], head["key"]
	if c.key != "" && c.key != c.Key {
		return errEvidence
	}
	return nil
}

// entry checks one entry, which stands behind the one before in the book.
func (c *checking) entry(text []byte) error {
	var e entryLine
	var as boundBy
	if err := errors.Join(strict(text, &e), json.Unmarshal(e.Entry, &as)); err != nil {
		return err
	}
	if len(c.seqs) > 0 && as.Seq <= c.last.Seq {
		return errEvidence
	}
	c.last, c.seqs = as, append(c.seqs, as.Seq)
	c.Entries++
	return ledger.Proved{Seq: as.Seq, Leaf: string(e.Entry), Values: string(e.Values), Proof: e.Proof}.Check(c.Key)
}

// end holds the file as a whole against its last entry and its sum.
func (c *checking) end(text []byte) error {
	var end endLine
	if err := strict(text, &end); err != nil {
		return err
	}
	bound := c.Entries > 0 && c.last.Kind == c.about.kind() && c.last.Subject == c.Subject &&
		c.last.Facts.Digest == c.row && c.last.Facts.Places == places(c.seqs[:len(c.seqs)-1])
	again, err := written(end)
	if err != nil {
		return err
	}
	if !bound || !bytes.Equal(again, text) || end.Sum != Digest(c.body) || end.Entries != c.Entries || end.Complete != c.over {
		return errEvidence
	}
	c.ended, c.Complete = true, end.Complete
	return nil
}

// strict reads JSON that has nothing in it which is not known.
func strict(line []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
