package bench

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"muster/deliver"
	"muster/deliver/smpp"
	"muster/id"
)

const (
	centreTexts  = 10_000
	centreWindow = 50
	centreGoal   = 0.9
)

// smppRow is how many texts a second a message centre by others takes from us
// and reports on, beside what it takes from a loop that does nothing else.
func smppRow(r *run) error {
	port, stop, err := foreignCentre(r.ctx)
	if err != nil {
		return err
	}
	defer stop()
	n := r.n(centreTexts)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	var ours, bare spread
	for range 4 {
		at, err := bareTexts(address, n)
		if err != nil {
			return fmt.Errorf("the bare loop: %w", err)
		}
		bare = append(bare, at)
		if at, err = ourTexts(r.ctx, address, n); err != nil {
			return err
		}
		ours = append(ours, at)
	}
	share := ours[1:].median() / bare[1:].median() // the first round warms the centre up
	r.report(line{
		what: fmt.Sprintf("SMPP: texts handed to npm smpp and reported on, window %d (n = %d)", centreWindow, n),
		got:  ours[1:].rounds("%.0f") + " /s", raw: "bare loop " + bare[1:].rounds("%.0f") + " /s",
		goal: "≥ 0.9 × bare loop", met: judge(share >= centreGoal, share/centreGoal),
	})
	return nil
}

// foreignCentre starts npm smpp.
func foreignCentre(ctx context.Context) (port int, stop func(), err error) {
	cmd := exec.CommandContext(ctx, "node", "smsc.cjs", `{"quiet":true}`)
	cmd.Dir = "mustertest/peer"
	in, err := cmd.StdinPipe()
	if err != nil {
		return 0, nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, nil, err
	}
	if err := cmd.Start(); err != nil {
		return 0, nil, fmt.Errorf("npm smpp does not start (make peers installs it): %w", err)
	}
	stop = func() { _ = in.Close(); _ = cmd.Wait() }
	said := bufio.NewReader(out)
	first, err := said.ReadBytes('\n')
	var opened struct{ Port int }
	if err == nil {
		err = json.Unmarshal(first, &opened)
	}
	if err != nil || opened.Port == 0 {
		stop()
		return 0, nil, errors.Join(errors.New("npm smpp does not say where it listens (make peers installs it)"), err)
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	return opened.Port, stop, nil
}

// ourTexts is what the channel reaches.
func ourTexts(ctx context.Context, address string, n int) (perSecond float64, err error) {
	var reported atomic.Int64
	all := make(chan struct{})
	ch, err := smpp.New(fmt.Sprintf("smpp://muster:s3cret@%s?from=%%2B358457000000&window=%d", address, centreWindow), smpp.Doors{
		Log: slog.New(slog.DiscardHandler),
		Reported: func(context.Context, deliver.Report) error {
			if reported.Add(1) == int64(n)+1 {
				close(all)
			}
			return nil
		},
	})
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var running, hands sync.WaitGroup
	running.Go(func() { ch.Run(ctx) })
	defer running.Wait()
	defer cancel()
	out := deliver.Outgoing{To: "+358401234567", Text: benchText, Attempt: id.Attempt("att_bench"), Valid: time.Hour}
	if _, err := ch.Send(ctx, out); err != nil { // bound
		return 0, err
	}
	began := time.Now()
	var left atomic.Int64
	left.Store(int64(n))
	failed := make(chan error, centreWindow)
	for range centreWindow {
		hands.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := ch.Send(ctx, out); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	hands.Wait()
	select {
	case err := <-failed:
		return 0, err
	case <-all:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

const benchText = "HELP! Aino Virtanen called for help at 12:05. Take charge: https://muster.example.org/a/8f3kq0zTn4W2x8f3kq0zTn4W2x8f3kq0zTn4W2x"

// bareTexts sends the same data unit again and again, a window's worth at a
// time, and answers receipts without a look at them.
func bareTexts(address string, n int) (perSecond float64, err error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	in, out := bufio.NewReaderSize(conn, 64<<10), bufio.NewWriterSize(conn, 64<<10)
	unit := func(command, sequence uint32, body string) {
		var head [16]byte
		binary.BigEndian.PutUint32(head[:], uint32(len(head)+len(body)))
		binary.BigEndian.PutUint32(head[4:], command)
		binary.BigEndian.PutUint32(head[12:], sequence)
		_, _ = out.Write(head[:])
		_, _ = out.WriteString(body)
	}
	submit := "\x00\x01\x01358457000000\x00\x01\x01358401234567\x00\x00\x00\x00\x00000000010000000R\x00\x01\x00\x00\x00" +
		string([]byte{byte(len(benchText))}) + benchText
	unit(0x09, 1, "muster\x00s3cret\x00\x00\x34\x00\x00\x00")
	var began time.Time
	sent, answered, reported := 0, 0, 0
	var head [16]byte
	for answered < n || reported < n {
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return 0, err
			}
		}
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return 0, err
		}
		if _, err := in.Discard(int(binary.BigEndian.Uint32(head[:])) - len(head)); err != nil {
			return 0, err
		}
		more := 0
		switch binary.BigEndian.Uint32(head[4:]) {
		case 0x80000009:
			began, more = time.Now(), min(n, centreWindow)
		case 0x80000004:
			answered++
			more = min(1, n-sent)
		case 0x05:
			reported++
			unit(0x80000005, binary.BigEndian.Uint32(head[12:]), "\x00")
		}
		for range more {
			sent++
			unit(0x04, uint32(sent)+1, submit)
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}
