package forget

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"muster/id"
	"muster/mustertest"
	"muster/store"
)

// column is one column of the schema as a database has it.
type column struct {
	table, name, kind string
	needed            bool
}

var columnsOf = map[string]*store.SQL{
	"sqlite": store.Across("forget.test.sqlite", `select m.name, p.name, lower(p.type), p."notnull" = 1 or p.pk > 0
		from sqlite_master m, pragma_table_info(m.name) p where m.type = 'table' and m.name not like 'sqlite%' order by m.name, p.cid`),
	"postgres": store.Across("forget.test.postgres", `select table_name, column_name, lower(data_type), is_nullable = 'NO'
		from information_schema.columns where table_schema = current_schema() order by table_name, ordinal_position`),
}

// schema is every column of every tenant table.
func schema(t testing.TB, s *store.Store) map[string][]column {
	t.Helper()
	all := map[string][]column{}
	err := s.Across().View(t.Context(), func(tx *store.AcrossTx) error {
		list, err := store.All(tx, columnsOf[s.Kind()], func(r store.Row) (c column, err error) {
			return c, r.Scan(&c.table, &c.name, &c.kind, &c.needed)
		})
		for _, c := range list {
			all[c.table] = append(all[c.table], c)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for table, columns := range all {
		if !slices.ContainsFunc(columns, func(c column) bool { return c.name == "org" }) {
			delete(all, table)
		}
	}
	if len(all) < 80 {
		t.Fatalf("only %d tenant tables: this looks in the wrong place", len(all))
	}
	return all
}

// text tells what a column can hold of somebody: text, or bytes.
func (c column) text() (text, bytes bool) {
	return c.kind == "text" || c.kind == "ident", c.kind == "bytea" || c.kind == "blob"
}

// A new column cannot be forgotten: each that can hold text or bytes is declared
// personal or not, and nothing is declared that is not there.
func TestAccessN5EveryColumnIsDeclared(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		left := map[string]bool{}
		for _, d := range declared {
			for _, c := range slices.Concat(d.plain, d.personal) {
				if left[d.name+"."+c] {
					t.Errorf("%s.%s is declared twice", d.name, c)
				}
				left[d.name+"."+c] = true
			}
		}
		for table, columns := range schema(t, s) {
			for _, c := range columns {
				text, bytes := c.text()
				name := table + "." + c.name
				if bytes {
					name += "*"
				}
				if (text || bytes) && !left[name] {
					t.Errorf("%s can hold something personal and is not declared", name)
				}
				delete(left, name)
			}
		}
		for name := range left {
			t.Errorf("%s is declared, and is no such column", name)
		}
	})
}

// stuff writes a row into every table that may hold something personal, with
// what is said in each of those columns.
func stuff(t testing.TB, s *store.Store, org id.Org, said string) {
	t.Helper()
	all := schema(t, s)
	err := s.Across().Do(t.Context(), func(tx *store.AcrossTx) error {
		for _, d := range declared {
			if len(d.personal) == 0 || d.name == "person" || d.name == "contact_point" {
				continue // who bears the name is somebody else
			}
			var names, marks []string
			var args []any
			for _, c := range all[d.name] {
				personal := slices.Contains(d.personal, c.name)
				if !c.needed && !personal {
					continue
				}
				names, marks = append(names, c.name), append(marks, fmt.Sprintf("$%d", len(args)+1))
				args = append(args, c.filling(org, personal, said))
			}
			q := store.Across("forget.test.stuff."+s.Kind()+"."+d.name+"."+string(org),
				fmt.Sprintf(`insert into %s (%s) values (%s)`, d.name, strings.Join(names, ", "), strings.Join(marks, ", ")))
			if _, err := tx.Exec(q, args...); err != nil {
				return fmt.Errorf("%s: %w", d.name, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c column) filling(org id.Org, personal bool, said string) any {
	text, bytes := c.text()
	switch {
	case personal:
		return said
	case c.name == "org":
		return string(org)
	case text:
		return "stuffed"
	case bytes:
		return []byte("stuffed")
	case strings.HasPrefix(c.kind, "bool"):
		return false
	case strings.HasPrefix(c.kind, "double"):
		return 0.5
	}
	return int64(7)
}
