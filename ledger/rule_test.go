package ledger

import (
	"bytes"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// TestTreeIsRFC6962 holds our edge and our way of storing hashes against the
// library's own dense storage, at every size.
func TestTreeIsRFC6962(t *testing.T) {
	const most = 1100
	var ours tree
	var dense []tlog.Hash
	reference := tlog.HashReaderFunc(func(indexes []int64) (out []tlog.Hash, err error) {
		for _, i := range indexes {
			out = append(out, dense[i])
		}
		return out, nil
	})
	kept := map[[2]int64]tlog.Hash{}
	var leaves []tlog.Hash
	for n := range int64(most) {
		leaf := tlog.RecordHash([]byte{byte(n), byte(n >> 8)})
		leaves = append(leaves, leaf)
		hashes, err := tlog.StoredHashesForRecordHash(n, leaf, reference)
		if err != nil {
			t.Fatal(err)
		}
		dense = append(dense, hashes...)
		ours.append(leaf, func(level int, at int64, h tlog.Hash) {
			if level >= keptLevel {
				kept[[2]int64{int64(level), at}] = h
			}
		})
		want, err := tlog.TreeHash(n+1, reference)
		if err != nil {
			t.Fatal(err)
		}
		if ours.root() != want {
			t.Fatalf("root of %d entries differs", n+1)
		}
		again, err := treeOf(ours.size, ours.bytes())
		if err != nil || again.root() != want {
			t.Fatalf("%d entries read back: %v", n+1, err)
		}
	}
	if len(kept) != 4+2+1 { // levels 8, 9 and 10 of 1,100 leaves
		t.Errorf("%d hashes kept", len(kept))
	}
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(1, most).Draw(t, "size")
		reader := &nodes{
			size: size, blocks: map[int64][]tlog.Hash{},
			kept:   func(level int, n int64) (tlog.Hash, error) { return kept[[2]int64{int64(level), n}], nil },
			leaves: func(from, to int64) ([]tlog.Hash, error) { return leaves[from:to], nil },
		}
		seq := rapid.Int64Range(0, size-1).Draw(t, "seq")
		root, err := tlog.TreeHash(size, reader)
		if err != nil {
			t.Fatal(err)
		}
		path, err := tlog.ProveRecord(size, seq, reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(path, size, root, seq, leaves[seq]); err != nil {
			t.Fatalf("entry %d of %d: %v", seq, size, err)
		}
		old := rapid.Int64Range(1, size).Draw(t, "old")
		oldRoot, err := tlog.TreeHash(old, reference)
		if err != nil {
			t.Fatal(err)
		}
		grown, err := tlog.ProveTree(size, old, reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckTree(grown, size, root, old, oldRoot); err != nil {
			t.Fatalf("from %d to %d: %v", old, size, err)
		}
	})
}

func TestAStoredEdgeMustFitItsSize(t *testing.T) {
	for size, edge := range map[int64]int{-1: 0, 0: 1, 1: 0, 2: 2, 3: 1, 4: 33} {
		if _, err := treeOf(size, make([]byte, edge*tlog.HashSize)); err == nil {
			t.Errorf("size %d with %d hashes was taken", size, edge)
		}
	}
}

// Whatever text comes in, what is written reads back as the same and is
// written the same again.
func TestCanonicalTextReadsBack(t *testing.T) {
	text := rapid.String()
	rapid.Check(t, func(t *rapid.T) {
		facts, err := encodeFacts(map[string]any{
			"Text": text.Draw(t, "fact"), "Number": rapid.Int64().Draw(t, "number"),
			"List": []string{text.Draw(t, "item")},
		})
		if err != nil {
			t.Fatal(err)
		}
		l := &leaf{
			seq: rapid.Int64Range(0, 1<<60).Draw(t, "seq"), at: rapid.Int64().Draw(t, "at"),
			kind: "a.b", subject: text.Draw(t, "subject"), about: text.Draw(t, "about"),
			actor: Actor{ID: text.Draw(t, "actor"), Via: text.Draw(t, "via")}, facts: facts,
			personal: []commitment{{text.Draw(t, "field"), "mac"}},
		}
		written := l.appendTo(nil)
		back, err := parseLeaf(written)
		if err != nil {
			t.Fatalf("%v: %s", err, written)
		}
		if again := back.appendTo(nil); !bytes.Equal(again, written) {
			t.Fatalf("%s became %s", written, again)
		}
		if back.subject != l.subject || back.actor != l.actor {
			t.Fatalf("%+v became %+v", l, back)
		}
		all := []value{{field: "a", salt: "s", text: text.Draw(t, "value")}, {field: "b", gone: true}}
		got, err := parseValues(appendValues(nil, all))
		if err != nil || len(got) != 2 || got[0] != all[0] || got[1] != all[1] {
			t.Fatalf("%v became %v, %v", all, got, err)
		}
	})
}

// No text makes the reader panic, and whatever it takes has one spelling.
func FuzzParseLeaf(f *testing.F) {
	l := leaf{kind: "a.b", facts: []byte(`{"A":["}",{"b":"\""}]}`), personal: []commitment{{"f", "m"}, {"g", "n"}}}
	f.Add(l.appendTo(nil))
	f.Add([]byte(`{"seq":`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := parseLeaf(text)
		if err != nil {
			return
		}
		again, err := parseLeaf(l.appendTo(nil))
		if err != nil || !bytes.Equal(again.appendTo(nil), l.appendTo(nil)) {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

func TestDigestTellsRowsApart(t *testing.T) {
	at := time.UnixMicro(1).UTC()
	sums := map[string]string{}
	for name, rows := range map[string][][]any{
		"none":        {},
		"one":         {{"a", 1, at}},
		"twice":       {{"a", 1, at}, {"a", 1, at}},
		"later":       {{"a", 1, at.Add(time.Microsecond)}},
		"no time":     {{"a", 1, time.Time{}}},
		"other place": {{1, "a", at}},
		"one field":   {{"a1", at}},
		"two rows":    {{"a"}, {1, at}},
	} {
		var d Digest
		for _, row := range rows {
			d.Add(row...)
		}
		if d.Rows() != int64(len(rows)) {
			t.Errorf("%s: %d rows", name, d.Rows())
		}
		if other, ok := sums[d.String()]; ok {
			t.Errorf("%s and %s have the same digest", name, other)
		}
		sums[d.String()] = name
	}
}
