package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// process is what the kernel says of one.
type process struct {
	name    string
	parent  int
	used    time.Duration // of the processor, by itself
	reaped  time.Duration // by children that have ended
	resides int64         // bytes of memory
}

// tick is the kernel's unit of processor time, the same on every Linux.
const tick = 10 * time.Millisecond

func readProcess(pid int) (p process, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return p, err
	}
	open, end := strings.IndexByte(string(text), '('), strings.LastIndexByte(string(text), ')')
	if open < 0 || end < open {
		return p, fmt.Errorf("process %d: what the kernel says cannot be read", pid)
	}
	p.name = string(text[open+1 : end])
	// Counted from the state, which is the third value.
	rest := strings.Fields(string(text[end+1:]))
	if len(rest) < 22 {
		return p, fmt.Errorf("process %d: what the kernel says cannot be read", pid)
	}
	at := func(i int) int64 {
		v, e := strconv.ParseInt(rest[i], 10, 64)
		if e != nil {
			err = e
		}
		return v
	}
	p.parent = int(at(1))
	p.used = time.Duration(at(11)+at(12)) * tick
	p.reaped = time.Duration(at(13)+at(14)) * tick
	p.resides = at(21) * int64(os.Getpagesize())
	return p, err
}

// processor is the time that processes have used so far, with all their
// children, living and dead.
func processor(pids ...int) time.Duration {
	family := map[int]bool{}
	var used time.Duration
	for _, pid := range pids {
		family[pid] = true
		if p, err := readProcess(pid); err == nil {
			used += p.used + p.reaped
		}
	}
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(pids) == 0 {
		return used
	}
	for _, dir := range all {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		if p, err := readProcess(pid); err == nil && family[p.parent] {
			used += p.used + p.reaped
		}
	}
	return used
}
