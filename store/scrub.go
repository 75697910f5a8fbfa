package store

import (
	"context"
	"fmt"
)

// Scrub takes out of the files what was deleted or overwritten before: SQLite
// leaves the old bytes in free pages, in gaps of used ones, and in the log
// beside the file. It writes the file anew, for which every unit that writes
// waits meanwhile; views go on. clean is false where a view that had begun
// before still needs the log: then it is to be asked again.
//
// PostgreSQL vacuums by itself, and no dump holds a dead row: there is nothing
// to do.
func (s *Store) Scrub(ctx context.Context) (clean bool, err error) { return s.db.scrub(ctx) }

func (p *postgres) scrub(context.Context) (bool, error) { return true, nil }

func (s *sqliteFile) scrub(ctx context.Context) (clean bool, err error) {
	u := &unit{ctx: ctx, b: binding{across: true}, done: make(chan struct{}), alone: func(c *sqliteConn) error {
		clean, err = c.scrub()
		return err
	}}
	if !s.queue.add(u) {
		return false, misuse("the store is closed")
	}
	<-u.done
	return clean && u.err == nil, u.err
}

// scrub writes the file anew and empties the log, the new file's pages being
// in it until then.
func (c *sqliteConn) scrub() (clean bool, err error) {
	ctx := context.Background()
	if _, err := c.conn.ExecContext(ctx, vacuum); err != nil {
		return false, fmt.Errorf("scrub: %w", err)
	}
	var busy, pages, moved int
	if err := c.conn.QueryRowContext(ctx, truncateLog).Scan(&busy, &pages, &moved); err != nil {
		return false, fmt.Errorf("scrub: %w", err)
	}
	return busy == 0, nil
}
