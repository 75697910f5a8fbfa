package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const revocations = 30

// revokeRow is what follows when a customer takes the leave back (access A7,
// N9): the next question of the product, its open stream, and how soon the
// customer sees what was done.
func revokeRow(r *run) (err error) {
	n, err := r.inn()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close()) }()
	g, err := n.customer(r.ctx, "freight")
	if err != nil {
		return err
	}
	ended, stop, err := n.listen(r.ctx)
	if err != nil {
		return err
	}
	defer stop()
	var closed, seen, bare spread
	accepted := 0
	for i := range r.n(revocations) {
		if i > 0 {
			if err := n.enter(r.ctx, &g); err != nil {
				return err
			}
		}
		took, err := n.sees(r.ctx, g, fmt.Sprintf("load-%d", i))
		if err != nil {
			return err
		}
		seen.add(took)
		empty := time.Now()
		if _, err := n.page(r.ctx, http.MethodGet, "/healthz", g.cookie, nil); err != nil {
			return err
		}
		bare.add(time.Since(empty))
		at := time.Now()
		if _, err := n.page(r.ctx, http.MethodPost, "/let-in/grants/"+string(g.leave)+"/revoke", g.cookie, url.Values{"why": {"no longer needed"}}); err != nil {
			return err
		}
		yes, err := n.allowed(r.ctx, g)
		if err != nil {
			return err
		}
		if yes {
			accepted++
		}
		select {
		case told := <-ended:
			closed.add(max(0, told.Sub(at)))
		case <-time.After(askTime):
			return errors.New("the stream did not tell")
		}
	}
	if accepted > 0 {
		r.lost("%d questions after a revocation were answered yes", accepted)
	}
	r.report(line{
		what: fmt.Sprintf("a customer takes leave back (n = %d): the product's next question; its open stream, from the click on", len(closed)),
		got:  fmt.Sprintf("%d answered yes; told after %s", accepted, closed.times()),
		raw:  fmt.Sprintf("a request that does nothing: %s", bare.times()),
		goal: "0 accepted; ≤ 1 s on one node", met: judge(accepted == 0 && closed.at(1) <= 1000, 1000/max(closed.at(1), .01)),
	})
	r.report(line{
		what: fmt.Sprintf("what support did in a product → on the customer's page (n = %d)", len(seen)),
		got:  seen.times(), raw: "the row above", goal: "≤ 2 s", met: judge(seen.at(1) <= 2000, 2000/max(seen.at(1), .01)),
	})
	return nil
}

// listen opens the stream of revocations and notes when each was told.
func (n *inn) listen(ctx context.Context) (ended <-chan time.Time, stop func(), err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.server.address+"/access/v1/revocations", nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+n.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	told := make(chan time.Time, revocations)
	go func() {
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			if lines.Text() == "event: ended" {
				told <- time.Now()
			}
		}
	}()
	return told, func() { _ = res.Body.Close() }, nil
}

// sees is how long it takes until what a product tells stands on the page of
// the customer's book.
func (n *inn) sees(ctx context.Context, g guested, record string) (time.Duration, error) {
	began := time.Now()
	body := fmt.Sprintf(`{"pass":%q,"events":[{"id":%q,"at":%q,"action":"view","type":"page","resource":"order","record":%q}]}`,
		g.pass, record, began.UTC().Format(time.RFC3339Nano), record)
	if _, err := n.product200(ctx, "events", body); err != nil {
		return 0, err
	}
	for time.Since(began) < askTime {
		page, err := n.page(ctx, http.MethodGet, "/book", g.cookie, nil)
		if err != nil {
			return 0, err
		}
		if strings.Contains(page, record) {
			return time.Since(began), nil
		}
	}
	return 0, fmt.Errorf("%s is not on the customer's page", record)
}

func (n *inn) allowed(ctx context.Context, g guested) (bool, error) {
	said, err := n.product200(ctx, "evaluation", string(question(g)))
	return strings.Contains(said, `"decision":true`), err
}

// product200 is a request of the product's that has to be answered.
func (n *inn) product200(ctx context.Context, path, body string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.server.address+"/access/v1/"+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+n.token)
	req.Header.Set("Content-Type", "application/json")
	return answered(req)
}

// page is a page of the administrator's.
func (n *inn) page(ctx context.Context, method, path, cookie string, form url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+n.server.address+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.AddCookie(&http.Cookie{Name: "muster", Value: cookie})
	return answered(req)
}

func answered(req *http.Request) (string, error) {
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK && res.StatusCode != http.StatusSeeOther {
		err = fmt.Errorf("%s: %s: %.300s", req.URL.Path, res.Status, body)
	}
	return string(body), err
}
