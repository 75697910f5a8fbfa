package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// raw is a database with nothing between: the limit beside each figure.
type raw struct {
	one   func(ctx context.Context, r rawRow) error
	many  func(ctx context.Context, rows []rawRow) error
	close func() error
	next  atomic.Int64
}

type rawRow struct {
	id, tenant, body string
	at               int64
}

// rawKeys is how many different rows an upsert meets.
const rawKeys = 10_000

var rawBody = strings.Repeat("x", 120)

func (w *raw) row(key int64) rawRow {
	return rawRow{fmt.Sprintf("raw_%032d", key), "org_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d", rawBody, time.Now().UnixMicro()}
}

// newRaw opens the limit beside a database: another file on the same disk, a
// table of its own on the same server.
func newRaw(ctx context.Context, d database) (*raw, error) {
	if d.kind == "postgres" {
		return rawPostgres(ctx, d)
	}
	db, err := file(d.dir + "/raw.db")
	if err != nil {
		return nil, err
	}
	for _, text := range []string{makeRaw, makeIdx} {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	insert, err := db.PrepareContext(ctx, numbered(insertRaw))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	upsert, err := db.PrepareContext(ctx, numbered(upsertRaw))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &raw{
		one: func(ctx context.Context, r rawRow) error {
			_, err := insert.ExecContext(ctx, r.id, r.tenant, r.at, r.body)
			return err
		},
		many: func(ctx context.Context, rows []rawRow) error {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			st := tx.StmtContext(ctx, upsert)
			for _, r := range rows {
				if _, err := st.ExecContext(ctx, r.id, r.tenant, r.at, r.body); err != nil {
					return errors.Join(err, tx.Rollback())
				}
			}
			return tx.Commit()
		},
		close: db.Close,
	}, nil
}

func rawPostgres(ctx context.Context, d database) (*raw, error) {
	pool, err := pgxpool.New(ctx, d.dsn)
	if err != nil {
		return nil, err
	}
	for _, text := range []string{makeRaw, makeIdx} {
		if _, err := pool.Exec(ctx, text); err != nil {
			pool.Close()
			return nil, err
		}
	}
	return &raw{
		one: func(ctx context.Context, r rawRow) error {
			_, err := pool.Exec(ctx, insertRaw, r.id, r.tenant, r.at, r.body)
			return err
		},
		many: func(ctx context.Context, rows []rawRow) error {
			n := len(rows)
			ids, orgs, bodies, ats := make([]string, 0, n), make([]string, 0, n), make([]string, 0, n), make([]int64, 0, n)
			seen := make(map[string]bool, n) // one statement touches a row once
			for _, r := range rows {
				if !seen[r.id] {
					seen[r.id] = true
					ids, orgs, bodies, ats = append(ids, r.id), append(orgs, r.tenant), append(bodies, r.body), append(ats, r.at)
				}
			}
			_, err := pool.Exec(ctx, upsertMany, ids, orgs, ats, bodies)
			return err
		},
		close: func() error { pool.Close(); return nil },
	}, nil
}

// commit writes one row durably, alone.
func (w *raw) commit(ctx context.Context) error { return w.one(ctx, w.row(rawKeys+w.next.Add(1))) }

// rawBatch is how many waiting rows one commit takes.
const rawBatch = 512

type rawWait struct {
	row  rawRow
	done chan error
}

// group starts one goroutine that commits whatever waits; put waits for its
// own row to be durable.
func (w *raw) group(ctx context.Context) (put func() error, stop func()) {
	in := make(chan rawWait, rawBatch)
	quit := make(chan struct{})
	go func() {
		for {
			var waits []rawWait
			select {
			case first := <-in:
				waits = append(waits, first)
			case <-quit:
				return
			}
			for len(in) > 0 && len(waits) < rawBatch {
				waits = append(waits, <-in)
			}
			rows := make([]rawRow, len(waits))
			for i, v := range waits {
				rows[i] = v.row
			}
			err := w.many(ctx, rows)
			for _, v := range waits {
				v.done <- err
			}
		}
	}()
	put = func() error {
		v := rawWait{w.row(w.next.Add(1) % rawKeys), make(chan error, 1)}
		in <- v
		return <-v.done
	}
	return put, func() { close(quit) }
}

// batched is how many rows a second become durable when clients write at the
// same time and one commit takes all that wait.
func (w *raw) batched(ctx context.Context, clients int, d time.Duration) (float64, error) {
	put, stop := w.group(ctx)
	defer stop()
	return rate(clients, d, func(int) error { return put() })
}

// overHTTP is the same behind the barest HTTP server.
func (w *raw) overHTTP(ctx context.Context, clients int, d time.Duration) (float64, error) {
	put, stop := w.group(ctx)
	defer stop()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	server := &http.Server{ReadHeaderTimeout: askTime, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := put(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusOK)
	})}
	go server.Serve(l)
	defer server.Close()
	return postRate(ctx, l.Addr().String(), clients, d)
}

// postRate is how many requests a second an address answers.
func postRate(ctx context.Context, address string, clients int, d time.Duration) (float64, error) {
	lines := make([]*caller, clients)
	for i := range lines {
		c, err := dial(ctx, address)
		if err != nil {
			return 0, err
		}
		defer c.close()
		lines[i] = c
	}
	return rate(clients, d, func(i int) error { return lines[i].post("/raw", smallForm) })
}

var smallForm = []byte("To=%2B358401000000&From=%2B358457000000&ValidityPeriod=1800&Body=" + strings.Repeat("x", 120))

// rate is how often a second clients together do something, for so long.
func rate(clients int, d time.Duration, do func(client int) error) (float64, error) {
	var wg sync.WaitGroup
	var n atomic.Int64
	errs := make([]error, clients)
	began := time.Now()
	end := began.Add(d)
	for i := range clients {
		wg.Go(func() {
			for time.Now().Before(end) {
				if errs[i] = do(i); errs[i] != nil {
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(n.Load()) / time.Since(began).Seconds(), errors.Join(errs...)
}
