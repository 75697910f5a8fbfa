package ledger

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"muster/fault"
	"muster/id"
	"muster/ledger/cosign"
)

// VerifyOptions say what the file is held against besides itself.
type VerifyOptions struct {
	// Key is the book's public key, known by another way than the file. Without
	// it the file's own is used, and Report.KeyFromFile says so: such a file
	// could have been made by anybody.
	Key string
	// Against are signed checkpoints of the same book from earlier or later.
	// They show what no single file can: that its end was cut off, or that all
	// of it was written anew.
	Against []string
	// Witnesses are keys of those who cosign the book's checkpoints. Each must
	// have cosigned one of those it is held against.
	Witnesses []string
}

// Report is what was seen in an export.
type Report struct {
	Organisation id.Org
	Origin       string
	Key          string // the file's own
	KeyFromFile  bool
	Entries      int64
	Erased       int // personal values that were erased in the open
	Root         string
	Witnessed    []Witnessed
	Findings     []Finding
}

// Witnessed is a checkpoint that a witness cosigned: as of an instant it was
// the longest that the witness knew of this book, and the book had only grown.
type Witnessed struct {
	Name string
	At   time.Time
	Size int64
}

// Whole tells whether nothing was found.
func (r Report) Whole() bool { return len(r.Findings) == 0 }

// Finding is one thing that is wrong. Its Fault has the sentence.
type Finding struct {
	Line  int   // in the file, from 1; 0 when about the file as a whole
	Seq   int64 // of the entry; -1 when about none
	Fault *fault.Fault
}

const (
	maxLine     = 1 << 20
	maxFindings = 100 // a file can be wrong all over
)

// Verify checks an export by itself, without the installation and without a
// network, and holds no more of it in memory than a line. What is wrong is in
// the report; the error is for a file that cannot be read at all.
func Verify(r io.Reader, opt VerifyOptions) (Report, error) {
	c := &checker{missing: make(gaps)}
	c.report.KeyFromFile = opt.Key == ""
	if opt.Key != "" {
		if c.key, c.keyText, _ = parseKey(opt.Key); c.key == nil {
			c.find(0, -1, "book_bad_key")
		}
	}
	for i, text := range opt.Witnesses {
		k, err := cosign.ParseKey(text)
		if err != nil {
			c.find(0, -1, "book_bad_witness", "Number", i+1)
			continue
		}
		c.witnesses = append(c.witnesses, k)
	}
	lines := bufio.NewReaderSize(r, 64<<10)
	for !c.stop {
		text, err := c.readLine(lines)
		if errors.Is(err, io.EOF) && len(text) == 0 {
			break
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return c.report, err
		}
		c.line++
		if err != nil { // no end of line, or none within reason
			c.find(c.line, -1, "book_unreadable")
			break
		}
		c.take(text, opt.Against)
	}
	c.end()
	return c.report, nil
}

// checker follows a file from line to line.
type checker struct {
	report    Report
	line      int
	key       note.Verifier
	keyText   string
	tree      tree
	next      int64 // place that the next entry must have
	closed    bool  // the checkpoint was seen
	stop      bool
	against   []checkpoint
	witnesses []note.Verifier
	missing   gaps
	scratch   []byte
	long      []byte // a line that did not fit the reader's buffer
}

// readLine reads one line with its end. It is good until the next is read.
func (c *checker) readLine(r *bufio.Reader) ([]byte, error) {
	text, err := r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return text, err
	}
	c.long = c.long[:0]
	for errors.Is(err, bufio.ErrBufferFull) && len(c.long) < maxLine {
		c.long = append(c.long, text...)
		text, err = r.ReadSlice('\n')
	}
	return append(c.long, text...), err
}

func (c *checker) find(line int, seq int64, code string, args ...any) {
	f := fault.New(fault.Invalid, code).With("Line", line).With("Seq", seq)
	for i := 0; i+1 < len(args); i += 2 {
		f = f.With(args[i].(string), args[i+1])
	}
	c.report.Findings = append(c.report.Findings, Finding{line, seq, f})
	c.stop = c.stop || len(c.report.Findings) >= maxFindings
}

func (c *checker) take(text []byte, against []string) {
	switch {
	case c.line == 1:
		c.header(text)
		c.readAgainst(against)
		c.compare()
	case c.closed:
		c.find(c.line, -1, "book_after_end")
		c.stop = true
	case bytes.HasPrefix(text, []byte(`{"checkpoint":`)):
		c.closed = true
		c.last(text)
	default:
		c.entry(text)
		c.compare()
	}
}

func (c *checker) header(text []byte) {
	cur := cursor{rest: text}
	format := cur.field(`{"format":`)
	origin := cur.field(`,"origin":`)
	cur.field(`,"organisation":`)
	key := cur.field(`,"key":`)
	v, spelt, err := parseKey(key)
	if cur.bad || format != exportFormat || err != nil || v.Name() != origin ||
		!bytes.Equal(text, appendHeader(nil, origin, spelt)) {
		c.find(c.line, -1, "book_unreadable")
		return
	}
	c.report.Origin, c.report.Organisation, c.report.Key = origin, id.Org(orgOf(origin)), spelt
	switch {
	case c.report.KeyFromFile:
		c.key, c.keyText = v, spelt
	case c.key != nil && spelt != c.keyText:
		c.find(c.line, -1, "book_other_key")
	}
}

func (c *checker) entry(text []byte) {
	cur := cursor{rest: text}
	cur.literal(`{"entry":`)
	before := cur.rest
	l := cur.leaf()
	raw := before[:len(before)-len(cur.rest)]
	stated := cur.field(`,"hash":`)
	cur.literal(`,"values":`)
	open := cur.values()
	cur.literal("}\n")
	if cur.bad || len(cur.rest) > 0 {
		c.find(c.line, c.next, "book_unreadable")
		c.next++
		return
	}
	h := tlog.RecordHash(raw)
	c.tree.append(h, nil)
	if l.seq != c.next {
		c.find(c.line, l.seq, "book_out_of_place", "Expected", c.next)
	}
	c.next = l.seq + 1
	c.scratch = l.appendTo(c.scratch[:0])
	if stated != h.String() || !bytes.Equal(raw, c.scratch) {
		c.find(c.line, l.seq, "book_entry_changed")
	}
	if !c.values(l, open) {
		return
	}
	if c.scratch = appendLine(c.scratch[:0], raw, h, open); stated == h.String() && !bytes.Equal(text, c.scratch) {
		c.find(c.line, l.seq, "book_unreadable")
	}
	if l.kind == kindErased {
		c.missing.account(l)
	}
}

// values holds what is shown of a person against what the entry commits to.
func (c *checker) values(l *leaf, open []value) bool {
	if len(open) != len(l.personal) {
		c.find(c.line, l.seq, "book_values_changed")
		return false
	}
	for i, v := range open {
		switch promised := l.personal[i]; {
		case v.field != promised.field:
			c.find(c.line, l.seq, "book_values_changed")
			return false
		case v.gone:
			c.report.Erased++
			c.missing.add(l.owner(v.field), l.seq)
		case !v.opens(promised):
			c.find(c.line, l.seq, "book_value_changed", "Field", v.field)
		}
	}
	return true
}

// last reads the checkpoint and holds the whole file against it.
func (c *checker) last(text []byte) {
	cur := cursor{rest: text}
	signed := cur.field(`{"checkpoint":`)
	if cur.bad || !bytes.Equal(text, appendLast(nil, signed)) {
		c.find(c.line, -1, "book_unreadable")
		return
	}
	if c.key == nil {
		return // said already
	}
	cp, err := openCheckpoint(signed, c.key)
	if err != nil {
		c.find(c.line, -1, "book_bad_signature")
		return
	}
	if !cp.asSigned(signed) {
		c.find(c.line, -1, "book_unreadable")
		return
	}
	switch {
	case cp.size != c.tree.size:
		c.find(c.line, -1, "book_other_size", "Size", cp.size, "Found", c.tree.size)
	case cp.root != c.tree.root() && c.report.Whole():
		c.find(c.line, -1, "book_other_entries")
	}
}

func (c *checker) readAgainst(against []string) {
	for i, signed := range against {
		if c.key == nil {
			return
		}
		cp, seen, err := openWitnessed(noteIn(signed), c.key, c.witnesses)
		if err != nil {
			c.find(0, -1, "book_bad_checkpoint", "Number", i+1)
			continue
		}
		c.against = append(c.against, cp)
		c.report.Witnessed = append(c.report.Witnessed, seen...)
	}
	for _, w := range c.witnesses {
		if !slices.ContainsFunc(c.report.Witnessed, func(seen Witnessed) bool { return seen.Name == w.Name() }) {
			c.find(0, -1, "book_not_witnessed", "Name", w.Name())
		}
	}
}

// compare holds the entries so far against the checkpoints that cover exactly
// them.
func (c *checker) compare() {
	for _, cp := range c.against {
		if cp.size == c.tree.size && cp.root != c.tree.root() {
			c.find(c.line, c.tree.size-1, "book_rewritten", "Size", cp.size)
		}
	}
}

func (c *checker) end() {
	c.report.Entries = c.tree.size
	c.report.Root = c.tree.root().String()
	if !c.closed && !c.stop {
		c.find(c.line, -1, "book_cut_off")
	}
	for _, cp := range c.against {
		if cp.size > c.tree.size {
			c.find(0, -1, "book_shorter", "Size", cp.size, "Found", c.tree.size)
		}
	}
	for _, places := range c.missing {
		if len(places) > 0 {
			c.find(0, slices.Max(slices.Collect(maps.Keys(places))), "book_value_missing")
		}
	}
}
