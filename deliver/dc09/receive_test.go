package dc09

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"time"
)

func TestReceiverRefusesWhatProvesNothing(t *testing.T) {
	send := func(t *testing.T, addr string, raw []byte) string {
		t.Helper()
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write(raw); err != nil {
			t.Fatal(err)
		}
		_ = c.(*net.TCPConn).CloseWrite()
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		got, _ := io.ReadAll(c)
		return string(got)
	}
	frame := func(f Frame, key []byte) []byte {
		f.ID, f.Data, f.Line, f.Receiver = CID, "#"+f.Account+"|1120 00 001", "0", "0"
		raw, err := f.Bytes(key)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	now := time.Now().UTC().Truncate(time.Second)
	for name, row := range map[string]struct {
		raw     []byte
		answer  string // ID
		refused string
	}{
		"unknown account":       {raw: frame(Frame{Account: "9999"}, nil)},
		"plain on keyed":        {raw: frame(Frame{Account: "AB12", At: now}, nil), refused: PlainOnKeyed},
		"encrypted on plain":    {raw: frame(Frame{Account: "1234", Encrypted: true, At: now}, key128), refused: NoKey},
		"wrong key":             {raw: frame(Frame{Account: "AB12", Encrypted: true, At: now}, key256), refused: BadKey},
		"too old":               {raw: frame(Frame{Account: "AB12", Encrypted: true, At: now.Add(-45 * time.Second)}, key128), answer: Nak, refused: OutOfTime},
		"too new":               {raw: frame(Frame{Account: "1234", At: now.Add(25 * time.Second)}, nil), answer: Nak, refused: OutOfTime},
		"just old enough":       {raw: frame(Frame{Account: "1234", At: now.Add(-30 * time.Second)}, nil), answer: Ack},
		"plain, without a time": {raw: frame(Frame{Account: "1234"}, nil), answer: Ack},
		"no sense":              {raw: wrap([]byte(`"ADM-CID"0001L0#1234[#1234|hello]`)), answer: Duh, refused: NoSense},
		"another's data":        {raw: wrap([]byte(`"ADM-CID"0001L0#1234[#AB12|1120 00 001]`)), answer: Duh, refused: NoSense},
		"unknown format":        {raw: wrap([]byte(`"XYZ"0001L0#1234[#1234|1]`)), answer: Duh, refused: NoSense},
		"a poll":                {raw: wrap([]byte(`"NULL"0000L0#1234[]`)), answer: Ack},
		"an alarm as a poll":    {raw: wrap([]byte(`"NULL"0001L0#1234[#1234|1120 00 001]`)), answer: Duh, refused: NoSense},
		"an answer":             {raw: plain(Ack, Frame{Account: "1234"})},
		"a wrong checksum":      {raw: bytes.Replace(frame(Frame{Account: "1234"}, nil), []byte("1120"), []byte("1121"), 1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &centre{keys: accounts}
			tcp, _ := open(t, c, time.Now)
			got := send(t, tcp, row.raw)
			if row.answer == "" {
				if got != "" {
					t.Errorf("answered %q", got)
				}
			} else if f, err := Parse([]byte(got)); err != nil || f.ID != row.answer {
				t.Errorf("answered %q, %v, want %s", got, err, row.answer)
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			if (row.answer == Ack) != (len(c.taken) == 1) || row.refused != "" && !slices.Equal(c.refused, []string{row.refused}) {
				t.Errorf("taken %d, refused %v", len(c.taken), c.refused)
			}
		})
	}
}

func TestNothingIsAcknowledgedThatIsNotSafe(t *testing.T) {
	for want, err := range map[string]error{"": errors.New("the disk is full"), Duh: ErrNotHandled} {
		c := &centre{keys: accounts, err: err}
		tcp, _ := open(t, c, time.Now)
		l := Link{Receivers: []string{tcp}, Receiver: "0", Line: "0", Account: "1234"}
		f, _ := l.Dialect.say(occurrence{Kind: "help"}, CID, l.Account)
		f.Seq = 3
		out := Transmitter{Now: time.Now, Wait: 300 * time.Millisecond}.Hand(t.Context(), l, f)
		if out.Verdict == Taken || want == Duh && out.Verdict != NotHandled {
			t.Errorf("%v: %+v", err, out)
		}
	}
}

func TestManyFramesOnOneConnectionEachCutAnywhere(t *testing.T) {
	c := &centre{keys: accounts}
	tcp, _ := open(t, c, time.Now)
	conn, err := net.Dial("tcp", tcp)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	var stream []byte
	const n = 60
	for i := range n {
		raw, _ := Frame{ID: CID, Seq: i + 1, Line: "0", Account: "1234", Data: "#1234|1120 00 001"}.Bytes(nil)
		stream = append(stream, raw...)
	}
	go func() {
		for i := 0; i < len(stream); {
			to := min(len(stream), i+1+i%61)
			_, _ = conn.Write(stream[i:to])
			i = to
		}
	}()
	s := newScanner(conn)
	for i := range n {
		if !s.Scan() {
			t.Fatalf("the connection ended after %d answers: %v", i, s.Err())
		}
		if f, err := Parse(s.Bytes()); err != nil || f.ID != Ack || f.Seq != i+1 {
			t.Fatalf("answer %d is %q, %v", i+1, s.Text(), err)
		}
	}
	if got := len(c.arrivals()); got != n {
		t.Errorf("%d frames were taken, want %d", got, n)
	}
}

func TestOneHostCannotKeepOthersOut(t *testing.T) {
	c := &centre{keys: accounts}
	tcp, _ := open(t, c, time.Now)
	closed := 0
	for range maxPerHost + 8 {
		conn, err := net.Dial("tcp", tcp)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if _, err := conn.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
			closed++
		}
	}
	if closed != 8 {
		t.Errorf("%d connections were closed, want 8", closed)
	}
}
