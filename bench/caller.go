package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// askTime is the longest that one answer may take.
const askTime = 60 * time.Second

// caller is one connection that is kept open. It is as small as it can be,
// since it shares the processor with what it measures.
type caller struct {
	conn net.Conn
	in   *bufio.Reader
	out  bytes.Buffer
	host string
}

// dial opens a connection.
func dial(ctx context.Context, address string) (*caller, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &caller{conn: conn, in: bufio.NewReaderSize(conn, 4<<10), host: address}, nil
}

func (c *caller) close() { _ = c.conn.Close() }

// post sends a body and wants it to be taken.
func (c *caller) post(path string, body []byte) error { return c.send(path, "", body) }

// ask posts to the API, with a token.
func (c *caller) ask(path, token string) error { return c.send("/api/v1"+path, token, []byte("{}")) }

func (c *caller) send(path, token string, body []byte) error {
	b := &c.out
	b.Reset()
	b.WriteString("POST " + path + " HTTP/1.1\r\nHost: " + c.host + "\r\n")
	if token != "" {
		b.WriteString("Authorization: Bearer " + token + "\r\nContent-Type: application/json\r\n")
	} else {
		b.WriteString("Content-Type: application/x-www-form-urlencoded\r\n")
	}
	b.WriteString("Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n")
	b.Write(body)
	if err := c.conn.SetDeadline(time.Now().Add(askTime)); err != nil {
		return err
	}
	if _, err := c.conn.Write(b.Bytes()); err != nil {
		return err
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 == 2 {
		_, err := io.Copy(io.Discard, res.Body)
		return err
	}
	said, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10)) // the status is what counts
	return fmt.Errorf("%s: %s: %s", path, res.Status, bytes.TrimSpace(said))
}
