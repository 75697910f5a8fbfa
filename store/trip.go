package store

import "context"

// tripping stands before a database and asks, at every step of a unit, whether
// the database still answers: before it begins, before each statement, before
// the commit, and once the commit is durable and only the answer is missing.
type tripping struct {
	database
	trip func(step string) error
}

func (d tripping) do(ctx context.Context, b binding, run func(conn) error) error {
	err := d.database.do(ctx, b, func(c conn) error {
		if err := d.trip("begin"); err != nil {
			return err
		}
		if err := run(trippingConn{c, d.trip}); err != nil {
			return err
		}
		return d.trip("commit")
	})
	if err != nil {
		return err
	}
	return d.trip("committed")
}

type trippingConn struct {
	conn
	trip func(step string) error
}

func (c trippingConn) write(q *SQL, args []any) error {
	if err := c.trip(q.name); err != nil {
		return err
	}
	return c.conn.write(q, args)
}

func (c trippingConn) exec(q *SQL, args []any) (int64, error) {
	if err := c.trip(q.name); err != nil {
		return 0, err
	}
	return c.conn.exec(q, args)
}

func (c trippingConn) ahead(q *SQL, args []any) func() (rowSet, error) {
	answer := c.conn.ahead(q, args)
	return func() (rowSet, error) {
		if err := c.trip(q.name); err != nil {
			return nil, err
		}
		return answer()
	}
}

func (c trippingConn) query(q *SQL, args []any) (rowSet, error) {
	if err := c.trip(q.name); err != nil {
		return nil, err
	}
	return c.conn.query(q, args)
}
