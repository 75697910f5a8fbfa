package web

import (
	"fmt"
	"time"

	"muster/lang"
	"muster/letin/witness"
)

func sampleBook(tag lang.Tag, n int) *bookView {
	v := &bookView{Frame: frameFor(tag, "book"), Size: n, Key: "muster.example/org_01936a7c+3fd7a2b1+AZ0qWv1mK8vWc1LdZ7uHn4PfJ6aE9sXq0Yb2tR5mK8v", Kinds: []choice{{Text: tag.Text("web.book.all_kinds", nil)}}}
	for i := range n {
		v.Entries = append(v.Entries, bookEntry{Index: int64(n - i), Number: fmt.Sprint(n - i), At: sampleNow.Add(-time.Duration(i) * 7 * time.Minute), Who: givenNames[i%10], Whom: givenNames[(i+1)%10], What: []string{"alarm.acknowledged", "person.changed", "shift.closed"}[i%3], Detail: "outcome=real", From: "192.0.2.14, board"})
	}
	return v
}

// doubtedBook has one witness in each state.
func doubtedBook(tag lang.Tag) *bookView {
	v := sampleBook(tag, 3)
	for i, trouble := range []witness.Trouble{"", witness.Rewound, witness.Refuted, witness.Away, witness.Stranger} {
		s := witness.State{Witness: fmt.Sprintf("witness-%d.example/muster+1f2e3d4c+BH3fd7a2b1AZ0qWv1mK8vWc1LdZ7uHn4PfJ6aE9sXq0Y", i), Size: 1204, At: sampleNow.Add(-3 * time.Hour), Note: "x", Asked: sampleNow, Trouble: trouble, Known: 1210}
		if trouble == witness.Stranger {
			s.Note = ""
		}
		v.Witnesses = append(v.Witnesses, witnessRowOf(tag, s))
	}
	v.Witnesses = append(v.Witnesses, witnessRowOf(tag, witness.State{Witness: "new.example/w+1f2e3d4c+BH3f"}))
	return v
}
