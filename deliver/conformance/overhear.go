package conformance

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/deliver/transcript"
)

// Overhear gives what is said with the carrier under a context, each line
// behind "> " if we said it and "< " if the carrier did. None of the secrets
// may be in it, in no form in which it could have travelled; said is asked when
// all has been said.
func Overhear(t *testing.T, secrets ...string) (ctx context.Context, said func() string) {
	t.Helper()
	ctx, log := transcript.With(t.Context(), func() time.Time { return time.Date(2026, time.November, 22, 12, 5, 0, 0, time.UTC) })
	return ctx, func() string {
		t.Helper()
		var b strings.Builder
		for _, line := range log.Lines() {
			b.WriteString(map[bool]string{true: "> ", false: "< "}[line.Out] + line.Text + "\n")
		}
		for _, s := range secrets {
			raw := []byte(s)
			for _, form := range []string{
				s, url.QueryEscape(s), url.PathEscape(s), hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
			} {
				if strings.Contains(b.String(), form) {
					t.Errorf("the secret %q can be read as %q in\n%s", s, form, b.String())
				}
			}
		}
		return b.String()
	}
}
