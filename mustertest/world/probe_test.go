package world

import (
	"runtime"
	"testing"
)

// probe is a test that notes its failure instead of failing.
type probe struct {
	testing.TB
	failed bool
}

func (p *probe) Helper() {}

func (p *probe) Errorf(string, ...any) { p.failed = true }

func (p *probe) Fatalf(string, ...any) {
	p.failed = true
	runtime.Goexit()
}
