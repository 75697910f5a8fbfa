package procedure

import (
	"time"

	"muster/id"
	"muster/store"
)

const columns = `p.id, p.subject, p.active, p.version, v.version, v.name, v.instructions, v.steps, v.made, v.by_name
	from procedure p join procedure_version v on v.org = p.org and v.procedure = p.id`

var (
	addProcedure = store.Query("procedure.add", `insert into procedure (org, id, subject, version, active, created)
		values ($1, $2, $3, 1, false, $4)`)
	addVersion = store.Query("procedure.add_version", `insert into procedure_version
		(org, procedure, version, name, instructions, steps, made, made_by, by_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	setVersion = store.Query("procedure.set_version", `update procedure set version = $3 where org = $1 and id = $2`)
	setActive  = store.Query("procedure.set_active", `update procedure set active = $3 where org = $1 and id = $2`)

	holdProcedure = store.Query("procedure.hold", `select id from procedure where org = $1 and id = $2`).Lock()
	getLatest     = store.Query("procedure.latest", `select `+columns+` where p.org = $1 and p.id = $2 and v.version = p.version`)
	listVersions  = store.Query("procedure.versions", `select `+columns+` where p.org = $1 and p.id = $2 order by v.version desc limit $3`)
	listAll       = store.Query("procedure.list", `select `+columns+` where p.org = $1 and v.version = p.version
		order by case when p.subject = '' then 0 else 1 end, p.created, p.id limit $2`)

	listOwners = store.Query("procedure.owners", `select subject from procedure where org = $1 and active = true and subject like 'per!_%' escape '!'`)

	// Both give one row whatever there is: without a procedure, what the
	// built-in ladder needs.
	inForce = store.Query("procedure.in_force", `select o.repeat, coalesce(w.instructions, ''), coalesce(v.procedure, ''),
			coalesce(v.version, 0), coalesce(v.name, ''), coalesce(v.instructions, ''), coalesce(v.steps, ''), coalesce(p.subject, '')
		from organisation o
		left join workspace w on w.org = o.org and w.id = $2
		left join procedure p on p.org = o.org and p.active = true and p.subject in ('', $2, $3)
		left join procedure_version v on v.org = p.org and v.procedure = p.id and v.version = p.version
		where o.org = $1
		order by case when p.subject = '' then 3 when p.subject = $2 then 2 else 1 end limit 1`)
	kept = store.Query("procedure.kept", `select o.repeat, coalesce(w.instructions, ''), coalesce(v.procedure, ''),
			coalesce(v.version, 0), coalesce(v.name, ''), coalesce(v.instructions, ''), coalesce(v.steps, ''), coalesce(p.subject, '')
		from organisation o
		left join workspace w on w.org = o.org and w.id = $2
		left join procedure_version v on v.org = o.org and v.procedure = $3 and v.version = $4
		left join procedure p on p.org = v.org and p.id = v.procedure
		where o.org = $1`)
)

func scanProcedure(r store.Row) (p Procedure, err error) {
	var subject, steps string
	err = r.Scan(&p.ID, &subject, &p.Active, &p.Latest, &p.Version, &p.Name, &p.Instructions, &steps, store.Time(&p.Made), &p.MadeBy)
	if err != nil {
		return p, err
	}
	if p.Subject, err = ParseSubject(subject); err != nil {
		return p, err
	}
	p.Steps, err = parseSteps(steps)
	return p, err
}

func scanLadder(r store.Row) (l Ladder, err error) {
	var repeat time.Duration
	var steps, usual, subject string
	err = r.Scan(store.Span(&repeat), &usual, &l.Procedure, &l.Version, &l.Name, &l.Instructions, &steps, &subject)
	if err != nil {
		return l, err
	}
	if l.Subject, err = ParseSubject(subject); err != nil {
		return l, err
	}
	if l.Instructions == "" {
		l.Instructions = usual
	}
	if l.Procedure == "" {
		l.Steps = builtIn(repeat)
		return l, nil
	}
	l.Steps, err = parseSteps(steps)
	return l, err
}

func scanID(r store.Row) (p id.Procedure, err error) {
	err = r.Scan(&p)
	return p, err
}
