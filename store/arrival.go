package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// commit sends what is left and makes all of it durable. When the connection
// breaks here, nobody can say whether it did.
func (v *convoy) commit() error {
	opening := len(v.opening)
	list := v.batch()
	if opening > 0 && len(list) == opening {
		return nil // the database never heard of this convoy
	}
	seat, err := v.send(append(list, statement{text: "commit"}))
	if err != nil && refused(err) {
		return &guilt{seat, err}
	}
	return violation(err)
}

// abandon leaves the connection clean for others, or closes it.
func (v *convoy) abandon() {
	if v.conn.IsClosed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), abandonTime)
	defer cancel()
	if _, err := v.conn.Exec(ctx, "rollback"); err != nil {
		_ = v.conn.Close(ctx) // the pool replaces a closed connection
	}
}

// end answers those that arrived and sends the others on their way again: all
// of them if the convoy was undone.
func (v *convoy) end(pc *pgxpool.Conn, err error) {
	g, undone := errors.AsType[*guilt](err)
	over := map[*rider]error{}
	v.d.mu.Lock()
	defer v.d.mu.Unlock()
	for _, l := range v.lines {
		var back []*rider
		for _, s := range l.seats {
			switch {
			case undone:
				s.again(s == g.seat)
				back = append(back, s.u)
			case s.gone:
				back = append(back, s.u)
			case err != nil:
				over[s.u] = err
			default:
				over[s.u] = s.err
			}
		}
		v.d.arrive(l.q, append(back, l.waiting...))
	}
	for u, err := range over {
		u.turn <- turn{err: err}
	}
	v.p.vacate()
	v.d.dispatch()
	v.d.keep(pc)
}

// again sends the unit of an undone convoy back to be run once more.
func (s *seat) again(guilty bool) {
	if !s.ended && !s.gone {
		close(s.left)
	}
	s.u.tries++
	if guilty {
		s.l.q.apart = time.Now().Add(apartTime)
	}
	s.u.alone = s.u.alone || guilty || s.u.tries >= convoyTries
}

// refuse answers everybody when there is no connection to be had.
func (v *convoy) refuse(err error) {
	v.d.mu.Lock()
	defer v.d.mu.Unlock()
	for _, l := range v.lines {
		for _, u := range l.waiting {
			u.turn <- turn{err: err}
		}
		v.d.arrive(l.q, nil)
	}
	v.p.vacate()
	v.d.dispatch()
	v.d.rest()
}
