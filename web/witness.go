package web

import (
	"net/http"
	"time"

	"muster/fault"
	"muster/lang"
	"muster/letin/witness"
	"muster/policy"
	"muster/store"
)

// witnessRow is what one witness last said of the book (N6).
type witnessRow struct {
	Name, Key, Mark string
	Said            string // what it signed last
	At, Asked       time.Time
	Trouble         string // why it gave nothing when it was last asked
	Alarming        bool
}

func (s *site) witnessRows(tx *store.Tx, tag lang.Tag) (rows []witnessRow, err error) {
	all, err := s.Witnesses.Read(tx)
	for _, w := range all {
		rows = append(rows, witnessRowOf(tag, w))
	}
	return rows, err
}

func witnessRowOf(tag lang.Tag, w witness.State) witnessRow {
	row := witnessRow{Name: w.Name(), Key: w.Witness, At: w.At, Asked: w.Asked, Alarming: w.Trouble.Alarming()}
	if w.Note != "" {
		row.Mark = witness.Mark(w.Witness)
		row.Said = tag.Text("witness.page.cosigned", map[string]any{"Count": w.Size})
	}
	if w.Trouble != "" {
		row.Trouble = tag.Text("witness.page."+string(w.Trouble), map[string]any{"Count": w.Known})
	}
	return row
}

// witnessBook asks the witnesses at once. It is a POST, because what they say
// is kept.
func (s *site) witnessBook(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := s.Witnesses.Demand(r.Context(), v.who); err != nil {
		return err
	}
	s.say(w, said{Key: "witness.page.said"})
	return see(w, r, "/book#witnesses")
}

// witnessedBook is the checkpoint that a witness cosigned last, as a file that
// "muster verify --against" takes.
func (s *site) witnessedBook(w http.ResponseWriter, r *http.Request, v *visit) error {
	if _, err := policy.Check(v.who, "readBook", bookResource(v)); err != nil {
		return err
	}
	var signed string
	err := s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		all, err := s.Witnesses.Read(tx)
		for _, w := range all {
			if w.Note != "" && witness.Mark(w.Witness) == r.PathValue("mark") {
				signed = w.Note
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if signed == "" {
		return fault.New(fault.NotFound, "not_found")
	}
	return v.download(w, "checkpoint.txt", "text/plain; charset=utf-8", []byte(signed))
}
