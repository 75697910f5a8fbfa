package staff

import (
	"encoding/json"
	"fmt"
	"time"

	"muster/id"
	"muster/store"
)

const member = `select s.id, s.name, a.email, s.active, s.department, s.positions from staff s join account a on a.id = s.account`

var (
	one      = store.Across("staff.find", member+` where s.id = $1`)
	everyone = store.Across("staff.list", member+` order by s.name, s.id`)
	proofs   = store.Across("staff.proofs", `select staff, proof, since, until from staff_proof where staff = $1`)
	allProof = store.Across("staff.all_proofs", `select staff, proof, since, until from staff_proof`)
)

func scanMember(r store.Row) (m Member, err error) {
	var positions string
	if err = r.Scan(&m.ID, &m.Name, &m.Email, &m.Active, &m.Department, &positions); err != nil {
		return m, err
	}
	if err = json.Unmarshal([]byte(positions), &m.Positions); err != nil {
		return m, fmt.Errorf("stored positions: %w", err)
	}
	m.Standing = map[Proof]Span{}
	return m, nil
}

type proofRow struct {
	staff id.Staff
	proof Proof
	span  Span
}

func scanProof(r store.Row) (p proofRow, err error) {
	var since, until time.Time
	err = r.Scan(&p.staff, &p.proof, store.Time(&since), store.Time(&until))
	p.span = Span{since, until}
	return p, err
}
