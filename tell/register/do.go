package register

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/lang"
	"muster/policy"
	"muster/roster/sheet"
	"muster/store"
	"muster/tell/component"
)

// valid is how long a prepared sheet waits; most is how many rows it may have.
const (
	valid = time.Hour
	most  = 10_000
)

// Plan is what taking a sheet in would do.
type Plan struct {
	ID     id.Import
	File   string
	Rows   []Row  // as in the sheet; what would leave at the end
	Digest string // changes with everything that is shown
}

// Count is how many rows have the fate.
func (p Plan) Count(w What) (n int) {
	for _, r := range p.Rows {
		if r.What == w {
			n++
		}
	}
	return n
}

func may(who actor.Actor) error {
	for _, action := range []string{"keepComponents", "installComponents"} {
		if _, err := policy.Check(who, action, policy.Resource{Type: "Installation"}); err != nil {
			return err
		}
	}
	return nil
}

// Prepare reads a sheet and keeps it for an hour; nothing changes by it. Faults
// of the file as of sheet.Rows, at file.
func Prepare(ctx context.Context, s *store.Store, who actor.Actor, file string, data []byte) (id.Import, error) {
	if err := may(who); err != nil {
		return "", err
	}
	lines, err := parse(data)
	if err != nil {
		return "", fault.From(err).At("file")
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if err := json.NewEncoder(z).Encode(lines); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	if r := []rune(file); len(r) > 120 {
		file = string(r[:120]) + "…"
	}
	made := id.New[id.Import]()
	return made, s.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		if err := tx.Write(dropOld, tx.Now()); err != nil {
			return err
		}
		return tx.Write(addImport, made, who.ID(), file, packed.Bytes(), tx.Now().Add(valid))
	})
}

// headings are the fields by what their columns may be called: in any language
// that there is.
var headings = func() map[string]Field {
	all := map[string]Field{"id": ID, "organization": Organisation, "part": Part}
	for _, tag := range lang.Supported() {
		for _, f := range []Field{Part, Organisation, Workspace, ID} {
			all[fold(tag.Text("component.sheet."+string(f), nil))] = f
		}
	}
	return all
}()

// parse reads the lines of a sheet.
func parse(data []byte) (lines []Line, err error) {
	columns := map[Field]int{}
	known := func(cells []string) bool {
		_, part := indexOf(cells)[Part]
		return part
	}
	err = sheet.Rows(data, known, func(row int, cells []string) error {
		if len(columns) == 0 {
			columns = indexOf(cells)
			return nil
		}
		at := func(f Field) string {
			if i, ok := columns[f]; ok && i < len(cells) {
				return cells[i]
			}
			return ""
		}
		l := Line{Row: row, Part: at(Part), Org: at(Organisation), Workspace: at(Workspace), ID: at(ID)}
		if l.Part+l.Org+l.Workspace+l.ID == "" {
			return nil
		}
		if len(lines) == most {
			return fault.New(fault.Invalid, "sheet_too_many_rows").With("Max", most)
		}
		lines = append(lines, l)
		return nil
	})
	if err == nil && len(lines) == 0 {
		err = fault.New(fault.Invalid, "register_empty")
	}
	if f := fault.From(err); err != nil && f.Code == "sheet_no_header" {
		err = fault.New(fault.Invalid, "register_header")
	}
	return lines, err
}

func indexOf(cells []string) map[Field]int {
	at := map[Field]int{}
	for i, c := range cells {
		if f, ok := headings[fold(c)]; ok {
			if _, twice := at[f]; !twice {
				at[f] = i
			}
		}
	}
	return at
}

// Look plans what a prepared sheet would do now. One that is too old is Expired
// "import_expired".
func Look(ctx context.Context, s *store.Store, who actor.Actor, which id.Import) (p Plan, err error) {
	if err := may(who); err != nil {
		return p, err
	}
	var packed []byte
	var expires time.Time
	p.ID = which
	err = s.View(ctx, identity.Provider, func(tx *store.Tx) error {
		_, err := store.One(tx, getImport, func(r store.Row) (none struct{}, err error) {
			return none, r.Scan(&p.File, &packed, store.Time(&expires))
		}, which)
		if fault.KindOf(err) == fault.NotFound || err == nil && tx.Now().After(expires) {
			err = fault.New(fault.Expired, "import_expired")
		}
		return err
	})
	if err != nil {
		return p, err
	}
	var lines []Line
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return p, err
	}
	if err := json.NewDecoder(io.LimitReader(z, 1<<28)).Decode(&lines); err != nil {
		return p, err
	}
	var now state
	err = s.Across().View(ctx, func(tx *store.AcrossTx) error {
		if now, err = read(tx); err != nil {
			return err
		}
		return tx.For(identity.Provider, func(tx *store.Tx) (err error) { now.parts, err = component.All(tx); return err })
	})
	if err != nil {
		return p, err
	}
	p.Rows = newComparer(now).plan(lines)
	shown, err := json.Marshal(p.Rows)
	sum := sha256.Sum256(shown)
	p.Digest = hex.EncodeToString(sum[:12])
	return p, err
}

// Apply does what a plan shows that was seen: first the tree, then each
// customer in a unit of their own. Conflict "register_stale" if something else
// would happen by now, Invalid "import_bad_rows". Should it end halfway, the
// plan shows what is left.
func Apply(ctx context.Context, s *store.Store, who actor.Actor, which id.Import, seen string, leave bool) (Plan, error) {
	p, err := Look(ctx, s, who, which)
	if err != nil {
		return p, err
	}
	if p.Digest != seen {
		return p, fault.New(fault.Conflict, "register_stale")
	}
	if n := p.Count(Bad); n > 0 {
		return p, fault.New(fault.Invalid, "import_bad_rows").At("file").With("Count", n)
	}
	made := map[string]id.Component{}
	if p.Count(Add)+p.Count(Change) > 0 {
		err := component.Regrow(ctx, s, who, func(all []component.Component) ([]component.Component, error) { return p.tree(all, made) })
		if err != nil {
			return p, err
		}
	}
	by := map[id.Org][]Row{}
	var orgs []id.Org
	for _, r := range p.Rows {
		if r.org == "" || r.What != Add && (r.What != Leave || !leave) {
			continue
		}
		if by[r.org] == nil {
			orgs = append(orgs, r.org)
		}
		by[r.org] = append(by[r.org], r)
	}
	for _, org := range orgs {
		err := component.Settle(ctx, s, who, org, func(before []component.Installation) ([]component.Installation, error) {
			return settled(before, by[org], made), nil
		})
		if err != nil {
			return p, err
		}
	}
	return p, s.Do(ctx, identity.Provider, func(tx *store.Tx) error { return tx.Write(dropImport, which) })
}

// settled is what runs after the rows of one customer.
func settled(before []component.Installation, rows []Row, made map[string]id.Component) []component.Installation {
	for _, r := range rows {
		i := component.Installation{Component: r.which, Workspace: r.place}
		if i.Component == "" {
			i.Component = made[r.path]
		}
		at := slices.Index(before, i)
		switch {
		case r.What == Leave && at >= 0:
			before = slices.Delete(before, at, at+1)
		case r.What == Add && at < 0:
			before = append(before, i)
		}
	}
	return before
}

// tree makes the tree that the plan shows out of the one there is, and notes
// what is new or moved by its path. What somebody has changed since it was
// shown is Conflict "register_stale".
func (p Plan) tree(all []component.Component, made map[string]id.Component) ([]component.Component, error) {
	paths := map[string]id.Component{}
	for _, c := range component.Paths(all) {
		paths[pathOf(c.Path)] = c.ID
	}
	rows := slices.DeleteFunc(slices.Clone(p.Rows), func(r Row) bool { return r.Org != "" || r.What != Add && r.What != Change })
	// What contains others comes before them.
	slices.SortStableFunc(rows, func(a, b Row) int {
		return strings.Count(pathOf(a.Part), component.Between) - strings.Count(pathOf(b.Part), component.Between)
	})
	for _, r := range rows {
		in, _ := cut(r.Part)
		c := r.changed
		if in != "" && c.Parent == "" {
			if c.Parent = made[pathOf(in)]; c.Parent == "" {
				c.Parent = paths[pathOf(in)]
			}
		}
		at := slices.IndexFunc(all, func(o component.Component) bool { return o.ID == r.which })
		switch {
		case r.What == Change && (at < 0 || paths[pathOf(r.Old)] != r.which), r.What == Add && paths[pathOf(r.Part)] != "":
			return nil, fault.New(fault.Conflict, "register_stale")
		case r.What == Change:
			all[at] = c
		default:
			c.ID = id.New[id.Component]()
			all = append(all, c)
		}
		made[pathOf(r.Part)] = c.ID
	}
	return all, nil
}

// Export writes what is run, and for whom, as a sheet that Prepare reads: CSV
// with the headers in the language.
func Export(ctx context.Context, s *store.Store, who actor.Actor, tag lang.Tag) ([]byte, error) {
	if _, err := policy.Check(who, "seeNotices", policy.Resource{Type: "Installation"}); err != nil {
		return nil, err
	}
	var now state
	err := s.Across().View(ctx, func(tx *store.AcrossTx) (err error) {
		if now, err = read(tx); err != nil {
			return err
		}
		return tx.For(identity.Provider, func(tx *store.Tx) (err error) { now.parts, err = component.All(tx); return err })
	})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = sheet.WriteRows(&out, func(yield func([]string) bool) { now.each(tag, yield) })
	return out.Bytes(), err
}

// each gives the rows of an export: the tree, then what runs for whom.
func (s state) each(tag lang.Tag, yield func([]string) bool) {
	head := make([]string, 0, 4)
	for _, f := range []Field{Part, Organisation, Workspace, ID} {
		head = append(head, tag.Text("component.sheet."+string(f), nil))
	}
	if !yield(head) {
		return
	}
	paths := map[id.Component]string{}
	for _, c := range component.Paths(s.parts) {
		paths[c.ID] = c.Path
		if !yield([]string{c.Path, "", "", string(c.ID)}) {
			return
		}
	}
	named := map[string]int{}
	for _, o := range s.customers {
		named[fold(o.Name)]++
	}
	for _, o := range s.customers {
		if named[fold(o.Name)] > 1 {
			o.Name = string(o.ID)
		}
		for _, i := range o.Installed {
			if paths[i.Component] != "" && !yield([]string{paths[i.Component], o.Name, o.Places[i.Workspace], ""}) {
				return
			}
		}
	}
}
