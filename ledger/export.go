package ledger

import (
	"bufio"
	"context"
	"io"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"muster/actor"
	"muster/id"
	"muster/store"
)

// An export is one file of lines, each a JSON object:
//
//	{"format":"muster-book/1","origin":…,"organisation":…,"key":…}
//	{"entry":{…},"hash":…,"values":{…}}        one for each entry, in order
//	{"checkpoint":…}
//
// The bytes of "entry" are the leaf. "hash" is its leaf hash (RFC 6962), so
// that a changed entry is found in its own line. "values" opens the leaf's
// commitments: [salt, value], or null for what was erased. The key and the
// checkpoint are in the forms of C2SP signed-note.
const exportFormat = "muster-book/1"

// exportStep is how many entries are read at a time.
const exportStep = 500

// Export writes the organisation's whole book to w. That it was taken, by
// whom and by which rule, is the last entry of the export itself.
func (b *Book) Export(ctx context.Context, who actor.Actor, org id.Org, rule string, w io.Writer) error {
	err := b.store.Do(ctx, org, func(tx *store.Tx) error {
		return Append(tx, who, Entry{Kind: "book.exported", Subject: string(org), Rule: rule})
	})
	if err != nil {
		return err
	}
	signed, err := b.Checkpoint(ctx, org)
	if err != nil {
		return err
	}
	v, err := note.NewVerifier(b.Key(org))
	if err != nil {
		return err
	}
	c, err := openCheckpoint(signed, v)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if _, err := out.Write(appendHeader(nil, c.origin, b.Key(org))); err != nil {
		return err
	}
	// Entries below the checkpoint never change, so no view needs to stay open
	// for as long as the reader takes.
	for from := int64(0); from < c.size; from += exportStep {
		if err := b.exportStep(ctx, org, from, min(from+exportStep, c.size), out); err != nil {
			return err
		}
	}
	if _, err := out.Write(appendLast(nil, signed)); err != nil {
		return err
	}
	return out.Flush()
}

func (b *Book) exportStep(ctx context.Context, org id.Org, from, to int64, out *bufio.Writer) error {
	var rows []row
	err := b.store.View(ctx, org, func(tx *store.Tx) (err error) {
		rows, err = store.All(tx, exportPage, scanRow, from, to)
		return err
	})
	if err != nil {
		return err
	}
	var line []byte
	for _, r := range together(rows) {
		l, err := parseLeaf([]byte(r.leaf))
		if err != nil {
			return err
		}
		line = appendLine(line[:0], []byte(r.leaf), tlog.RecordHash([]byte(r.leaf)), l.withGone(r.open))
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// withGone puts a marker in the place of each erased value.
func (l *leaf) withGone(open []value) []value {
	all := make([]value, 0, len(l.personal))
	for _, c := range l.personal {
		if len(open) > 0 && open[0].field == c.field {
			all = append(all, open[0])
			open = open[1:]
			continue
		}
		all = append(all, value{field: c.field, gone: true})
	}
	return all
}

func appendHeader(b []byte, origin, key string) []byte {
	b = appendField(b, `{"format":`, exportFormat)
	b = appendField(b, `,"origin":`, origin)
	b = appendField(b, `,"organisation":`, orgOf(origin))
	b = appendField(b, `,"key":`, key)
	return append(b, "}\n"...)
}

func appendLast(b []byte, signed string) []byte {
	b = appendField(b, `{"checkpoint":`, signed)
	return append(b, "}\n"...)
}
