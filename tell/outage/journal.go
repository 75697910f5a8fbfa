package outage

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"muster/deliver"
	"muster/deliver/dead"
	"muster/id"
)

const journalEnd = ".journal"

// attempt is one try as the journal has it.
type attempt struct {
	deliver.Attempt
	Stop, Tries int           // where its message stood
	After       deliver.State // of its message
	NextStop    int
	NextTries   int
	Due         time.Time // of the next try
	Dead        dead.Why
	Twice       bool // the program ended while a carrier had it: they may have it twice
}

// record is one line. Exactly one field beside N is set.
type record struct {
	N     int
	Run   *Run       `json:",omitempty"`
	Begun *begun     `json:",omitempty"` // written, and on the disk, before a carrier gets anything
	Came  *attempt   `json:",omitempty"`
	Over  *time.Time `json:",omitempty"` // everything has an end
	Given *time.Time `json:",omitempty"` // it was taken into the books; nothing is sent by it any more
}

type begun struct {
	Message     id.Message
	Stop, Tries int
	Twice       bool
}

// Journal is what one run did, line by line; each line is sealed. What was
// begun is on the disk before it leaves. Safe for use from many sides.
type Journal struct {
	Path string
	Run  Run

	tries map[id.Message][]attempt // what came of each try, in order
	Over  time.Time                // when everything had an end; zero: it has not
	Given time.Time                // when it was taken into the books

	keys *Keys
	open map[id.Message]begun // handed over, and nothing is known of it

	mu     sync.Mutex
	file   *os.File
	n      int
	synced int // lines that are on the disk
	flush  sync.Mutex
}

// errBusy says that a journal is in use.
var errBusy = errors.New("another program has this journal open")

// Begin makes a run's journal: whole, with everything that is to be told, or not
// at all.
func (f Folder) Begin(k *Keys, r Run) (*Journal, error) {
	path := filepath.Join(string(f), r.ID+journalEnd)
	line, err := k.line(record{Run: &r})
	if err != nil {
		return nil, err
	}
	if err := f.put(path, line); err != nil {
		return nil, err
	}
	return OpenJournal(k, path)
}

// OpenJournal reads a journal, to go on with it or to take it into the books. A
// last line that was not finished is taken away; anything else that is not as
// it was written is refused.
func OpenJournal(k *Keys, path string) (*Journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	j := &Journal{Path: path, keys: k, file: file, tries: map[id.Message][]attempt{}, open: map[id.Message]begun{}}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(errBusy, file.Close())
	}
	if err := j.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	return j, nil
}

func (j *Journal) read() error {
	in := bufio.NewReaderSize(j.file, 1<<20)
	whole := int64(0)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // what follows the last line break was not finished
		}
		if err != nil {
			return err
		}
		r, err := j.keys.record(line)
		if err != nil || r.N != j.n || (r.Run == nil) != (j.n > 0) {
			return errors.New("this journal was changed, or is not of this installation")
		}
		j.n++
		j.take(r)
		whole += int64(len(line))
	}
	if j.n == 0 {
		return errors.New("this journal is empty")
	}
	j.synced = j.n
	if err := j.file.Truncate(whole); err != nil {
		return err
	}
	_, err := j.file.Seek(whole, io.SeekStart)
	return err
}

func (j *Journal) take(r record) {
	switch {
	case r.Run != nil:
		j.Run = *r.Run
		j.Run.ID = strings.TrimSuffix(filepath.Base(j.Path), journalEnd)
	case r.Begun != nil:
		j.open[r.Begun.Message] = *r.Begun
	case r.Came != nil:
		delete(j.open, r.Came.Message)
		j.tries[r.Came.Message] = append(j.tries[r.Came.Message], *r.Came)
	case r.Over != nil:
		j.Over = *r.Over
	case r.Given != nil:
		j.Given = *r.Given
	}
}

// Now is a message as the journal leaves it, when it is due next, and whether a
// carrier may have it without our knowing.
func (j *Journal) Now(m deliver.Message) (now deliver.Message, due time.Time, unsure bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if all := j.tries[m.ID]; len(all) > 0 {
		last := all[len(all)-1]
		m.State, m.Stop, m.Tries, due = last.After, last.NextStop, last.NextTries, last.Due
	}
	_, unsure = j.open[m.ID]
	return m, due, unsure
}

// add writes a line; sure has it on the disk when it returns. Whoever comes
// while another's lines are being written out shares the next time.
func (j *Journal) add(r record, sure bool) error {
	j.mu.Lock()
	r.N = j.n
	line, err := j.keys.line(r)
	if err == nil {
		_, err = j.file.Write(line)
	}
	if err != nil {
		j.mu.Unlock()
		return err
	}
	j.n++
	mine := j.n
	j.take(r)
	j.mu.Unlock()
	if !sure {
		return nil
	}
	j.flush.Lock()
	defer j.flush.Unlock()
	j.mu.Lock()
	done, upTo := j.synced >= mine, j.n
	j.mu.Unlock()
	if done {
		return nil
	}
	if err := j.file.Sync(); err != nil {
		return err
	}
	j.mu.Lock()
	j.synced = upTo
	j.mu.Unlock()
	return nil
}

// Close lets others have it.
func (j *Journal) Close() error { return errors.Join(j.file.Sync(), j.file.Close()) }

func (k *Keys) line(r record) ([]byte, error) {
	plain, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	sealed, err := k.seal.Seal(journalPurpose, plain)
	if err != nil {
		return nil, err
	}
	return append(base64.StdEncoding.AppendEncode(nil, sealed), '\n'), nil
}

func (k *Keys) record(line []byte) (r record, err error) {
	sealed, err := base64.StdEncoding.AppendDecode(nil, bytes.TrimSuffix(line, []byte("\n")))
	if err != nil {
		return r, err
	}
	plain, err := k.seal.Open(journalPurpose, sealed)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(plain, &r)
}
