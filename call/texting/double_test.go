package texting_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"muster/call/texting"
)

// A carrier that has no answer in time brings the same message while the first
// is still being worked on, and to another node.
func TestAMessageThatIsBroughtTwiceAtOnceIsAnsweredOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		for n := range 5 {
			id := fmt.Sprintf("SMdouble%02d", n)
			var side sync.WaitGroup
			for range 4 {
				side.Go(func() {
					if err := l.desk.Take(context.Background(), texting.Text{ID: id, From: l.worker.Phone(), Body: l.pin("ok")}); err != nil {
						t.Error(err)
					}
				})
			}
			side.Wait()
			l.says(id, "No shift is running")
		}
	})
}
