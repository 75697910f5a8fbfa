package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Digest stands in the book for rows that are too many for it: check-ins,
// positions, attempts to deliver. Rows are folded in one after another, and
// the entry that closes their shift or message carries the result as a fact,
// so that whoever has the rows can prove that they are all there and
// unchanged. The zero value is the digest of no rows.
type Digest struct {
	rows int64
	sum  [sha256.Size]byte
}

// Add folds one row in, as SHA-256 of the sum so far and the JSON array of the
// row's fields; times count as microseconds since 1970, none as 0. Fields that
// JSON cannot write are our own mistake and panic.
func (d *Digest) Add(fields ...any) {
	row := make([]any, len(fields))
	for i, f := range fields {
		if at, ok := f.(time.Time); ok {
			f = int64(0)
			if !at.IsZero() {
				f = at.UnixMicro()
			}
		}
		row[i] = f
	}
	var b bytes.Buffer
	b.Write(d.sum[:])
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(row); err != nil {
		panic("ledger: row of a digest: " + err.Error())
	}
	d.sum = sha256.Sum256(bytes.TrimRight(b.Bytes(), "\n"))
	d.rows++
}

// Rows is how many were folded in.
func (d *Digest) Rows() int64 { return d.rows }

// String is the digest in hexadecimal, as it stands in the book.
func (d *Digest) String() string { return hex.EncodeToString(d.sum[:]) }
