package ledger_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/ledger"
	"muster/mustertest"
	"muster/seal"
	"muster/store"
)

func open(t testing.TB, s *store.Store) *ledger.Book {
	t.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	b, err := ledger.Open(t.Context(), s, keys)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func export(t testing.TB, b *ledger.Book) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := b.Export(t.Context(), bo, org, "floor-book", &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func verify(t testing.TB, file []byte, opt ledger.VerifyOptions) ledger.Report {
	t.Helper()
	r, err := ledger.Verify(bytes.NewReader(file), opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// codes are what was found, "code@line".
func codes(r ledger.Report) (all []string) {
	for _, f := range r.Findings {
		all = append(all, fmt.Sprintf("%s@%d", f.Fault.Code, f.Line))
	}
	return all
}

// book makes a small book with every shape of entry in it.
func book(t testing.TB, s *store.Store) (*ledger.Book, []byte) {
	b := open(t, s)
	add(t, s, note(0), note(1))
	add(t, s, ledger.Entry{Kind: "shift.started", Subject: "shf_1"})
	err := s.Do(t.Context(), org, func(tx *store.Tx) error {
		if err := ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "alarm.raised", Subject: "alm_1", About: aino}); err != nil {
			return err
		}
		_, err := ledger.Erase(tx, bo, ledger.Erasure{Person: aino})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b, export(t, b)
}

func TestAWholeExportIsFoundWhole(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		b, file := book(t, s)
		for _, key := range []string{"", b.Key(org)} {
			r := verify(t, file, ledger.VerifyOptions{Key: key})
			if !r.Whole() || r.Entries != 6 || r.Erased != 2 || r.Organisation != org || r.KeyFromFile != (key == "") {
				t.Errorf("got %+v %v\n%s", r, codes(r), file)
			}
		}
		if bytes.Contains(file, []byte("hung up")) {
			t.Error("what was erased is still in the export")
		}
	})
}

// Every byte of the file is changed in several ways, one at a time.
func TestAChangedByteIsFoundWhereverItIs(t *testing.T) {
	_, file := book(t, mustertest.Store(t))
	for _, mask := range []byte{0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80} {
		for i := range file {
			changed := bytes.Clone(file)
			changed[i] ^= mask
			if r := verify(t, changed, ledger.VerifyOptions{}); r.Whole() {
				t.Errorf("byte %d, %q for %q: not found", i, changed[i], file[i])
			}
		}
	}
	for i := range file {
		for _, extra := range []byte{'0', ' '} {
			longer := append(append(bytes.Clone(file[:i]), extra), file[i:]...)
			if r := verify(t, longer, ledger.VerifyOptions{}); r.Whole() {
				t.Errorf("%q put in at %d: not found", extra, i)
			}
		}
		shorter := append(bytes.Clone(file[:i]), file[i+1:]...)
		if r := verify(t, shorter, ledger.VerifyOptions{}); r.Whole() {
			t.Errorf("%q taken out at %d: not found", file[i], i)
		}
	}
}

func TestWhatIsWrongIsFoundWhereItIs(t *testing.T) {
	s := mustertest.Store(t)
	b, first := book(t, s)
	add(t, s, note(7))
	second := export(t, b)
	early, late := checkpointOf(first), checkpointOf(second)
	other := open(t, mustertest.Store(t))
	lines := strings.SplitAfter(strings.TrimSuffix(string(first), "\n"), "\n")
	file := func(order ...int) []byte {
		var out strings.Builder
		for _, n := range order {
			out.WriteString(strings.TrimSuffix(lines[n], "\n") + "\n")
		}
		return []byte(out.String())
	}
	for _, c := range []struct {
		name string
		file []byte
		opt  ledger.VerifyOptions
		want string
	}{
		{"dropped row", file(0, 1, 2, 4, 5, 6, 7), ledger.VerifyOptions{}, "book_out_of_place@4 book_other_size@7"},
		{"swapped pair", file(0, 1, 2, 4, 3, 5, 6, 7), ledger.VerifyOptions{}, "book_out_of_place@4 book_out_of_place@5 book_out_of_place@6"},
		{"doubled row", file(0, 1, 2, 2, 3, 4, 5, 6, 7), ledger.VerifyOptions{}, "book_out_of_place@4 book_other_size@9"},
		{"cut off before the checkpoint", file(0, 1, 2, 3, 4, 5, 6), ledger.VerifyOptions{}, "book_cut_off@7"},
		{"cut off in the middle", file(0, 1, 2, 3, 7), ledger.VerifyOptions{}, "book_other_size@5 book_value_missing@0"},
		{"empty", nil, ledger.VerifyOptions{}, "book_cut_off@0"},
		{"something after the end", file(0, 1, 2, 3, 4, 5, 6, 7, 6), ledger.VerifyOptions{}, "book_after_end@9"},
		{"wrong key", first, ledger.VerifyOptions{Key: other.Key(org)}, "book_other_key@1 book_bad_signature@8"},
		{"no key", first, ledger.VerifyOptions{Key: "nonsense"}, "book_bad_key@0"},
		{"earlier checkpoint", second, ledger.VerifyOptions{Against: []string{early}}, ""},
		{"later checkpoint", first, ledger.VerifyOptions{Against: []string{early, late}}, "book_shorter@0"},
		{"another book's checkpoint", first, ledger.VerifyOptions{Against: []string{"x"}}, "book_bad_checkpoint@0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(codes(verify(t, c.file, c.opt)), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A book written anew and signed with the right key is a whole book; only a
// checkpoint that left earlier tells.
func TestABookWrittenAnewIsFoundByAnEarlierCheckpoint(t *testing.T) {
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	var files [][]byte
	var key []byte
	for _, n := range []int{1, 2} {
		s := mustertest.Store(t)
		if key != nil {
			if err := s.SetInstallation(t.Context(), "ledger.key", key); err != nil {
				t.Fatal(err)
			}
		}
		b, err := ledger.Open(t.Context(), s, keys)
		if err != nil {
			t.Fatal(err)
		}
		add(t, s, note(0), note(n))
		files = append(files, export(t, b))
		if key, err = s.Installation(t.Context(), "ledger.key", nil); err != nil {
			t.Fatal(err)
		}
	}
	if r := verify(t, files[1], ledger.VerifyOptions{}); !r.Whole() {
		t.Fatalf("by itself: %v", codes(r))
	}
	r := verify(t, files[1], ledger.VerifyOptions{Against: []string{checkpointOf(files[0])}})
	if got := strings.Join(codes(r), " "); got != "book_rewritten@4" {
		t.Errorf("got %q", got)
	}
}

var tamper = store.Query("test.tamper", `update ledger_entry set leaf = replace(leaf, 'alm_1', 'alm_9') where org = $1`)

// Whoever changes the database itself is found by the next export, and gets
// no signature once a checkpoint was issued.
func TestAChangedDatabaseIsNeitherWholeNorSigned(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		b := open(t, s)
		add(t, s, note(0), note(1))
		change := func() {
			err := s.Do(t.Context(), org, func(tx *store.Tx) error { return tx.Write(tamper) })
			if err != nil {
				t.Fatal(err)
			}
		}
		change()
		if got := strings.Join(codes(verify(t, export(t, b), ledger.VerifyOptions{})), " "); got != "book_other_entries@5" {
			t.Errorf("got %q", got)
		}
		add(t, s, note(4))
		if _, err := b.Checkpoint(t.Context(), org); fault.From(err).Code != "book_changed" {
			t.Errorf("got %v", err)
		}
	})
}

func checkpointOf(file []byte) string {
	text := string(file[bytes.LastIndexByte(file[:len(file)-1], '\n')+1:])
	text = strings.TrimSuffix(strings.TrimPrefix(text, `{"checkpoint":"`), "\"}\n")
	return strings.ReplaceAll(text, `\n`, "\n")
}

// testdata/book.ndjson is an export as customers keep them: what is written
// today must be verified by every later version.
func stored(t testing.TB) []byte {
	t.Helper()
	file, err := os.ReadFile("testdata/book.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

const oldKey = "muster/a81a520f32fca598/org_00000000000000000000000000000001+862f98b9+AaY+Afl5r9++A4iAc049Bm+FfrgAEh5JqPTIPgyGPTwN"

func TestAnOldExportStaysWhole(t *testing.T) {
	r := verify(t, stored(t), ledger.VerifyOptions{Key: oldKey})
	if !r.Whole() || r.Entries != 6 || r.Erased != 2 {
		t.Errorf("got %+v %v", r, codes(r))
	}
}

// A file made to hurt is read to its end or refused, and never found whole
// unless it is the export itself.
func FuzzVerify(f *testing.F) {
	file := stored(f)
	f.Add(file)
	f.Add([]byte("{}\n"))
	f.Add(file[bytes.IndexByte(file, '\n')+1:])
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ledger.Verify(bytes.NewReader(text), ledger.VerifyOptions{Against: []string{checkpointOf(file)}})
		if err != nil {
			t.Fatal(err)
		}
		if r.Whole() && !bytes.Equal(text, file) {
			t.Fatalf("found whole:\n%s", text)
		}
	})
}

func TestALineWithoutEndIsRefused(t *testing.T) {
	for _, long := range []int{100, 70_000, 5 << 20} {
		r := verify(t, bytes.Repeat([]byte("x"), long), ledger.VerifyOptions{})
		if got := strings.Join(codes(r), " "); got != "book_unreadable@1 book_cut_off@1" {
			t.Errorf("%d bytes: %s", long, got)
		}
	}
}

// A value of somebody else's that went along is accounted for by the entry that
// names its place, and by no other; whoever hides one in the open is found out
// by what else is missing.
func TestAGapInAnothersEntryIsAccountedForByItsPlace(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		b := open(t, s)
		said := note(1)
		said.About, said.Personal = "per_cai", map[string]string{"Note": "Äiti Öhman_100% \"rang\"", "Name": "Cai Cantell"}
		add(t, s, note(0), said, note(2))
		if err := erase(t, s, ledger.Erasure{Person: aino, Words: []string{"äiti öhman_100% \"", "nobody of that name"}}); err != nil {
			t.Fatal(err)
		}
		file := export(t, b)
		if bytes.Contains(file, []byte("hman_100")) || !bytes.Contains(file, []byte("Cai Cantell")) {
			t.Errorf("too little or too much went:\n%s", file)
		}
		if r := verify(t, file, ledger.VerifyOptions{Key: b.Key(org)}); !r.Whole() || r.Erased != 3 {
			t.Errorf("%d erased: %v", r.Erased, codes(r))
		}
		hidden := regexp.MustCompile(`"Name":\["[^"]*","Cai Cantell"\]`).ReplaceAll(file, []byte(`"Name":null`))
		if r := verify(t, hidden, ledger.VerifyOptions{Key: b.Key(org)}); !r.Whole() {
			t.Errorf("another value of a place that is named: %v", codes(r)) // that entry says of itself that something went
		}
		none := regexp.MustCompile(`"actor.name":\["[^"]*","Bo Berg"\]`).ReplaceAll(file, []byte(`"actor.name":null`))
		if r := verify(t, none, ledger.VerifyOptions{Key: b.Key(org)}); r.Whole() {
			t.Error("values of somebody who was not erased are missing, and nobody says so")
		}
	})
}

func erase(t testing.TB, s *store.Store, e ledger.Erasure) error {
	return s.Do(t.Context(), org, func(tx *store.Tx) error {
		_, err := ledger.Erase(tx, bo, e)
		return err
	})
}
