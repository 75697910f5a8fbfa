package outward

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"muster/fault"
)

func TestWhatIsOfTheOpenNetwork(t *testing.T) {
	for _, ip := range []string{
		"10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.1.2.3", "224.0.0.1", "255.255.255.255",
		"::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::1", "::10.0.0.1",
		"::ffff:169.254.169.254", "::ffff:0:10.0.0.1", "fd00:ec2::254", "fe80::1%eth0", "100.100.100.200", "192.0.0.192", "168.63.129.16", "2001:0:a00:1::",
	} {
		if open(netip.MustParseAddr(ip)) {
			t.Errorf("%s passes for the open network", ip)
		}
	}
	for _, ip := range []string{"1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "172.32.0.1", "100.128.0.1"} {
		if !open(netip.MustParseAddr(ip)) {
			t.Errorf("%s does not pass for the open network", ip)
		}
	}
}

func TestAddressesThatNoAlarmCanGoTo(t *testing.T) {
	allowed, err := ParseNetworks("10.1.0.0/16, 192.168.7.12")
	if err != nil {
		t.Fatal(err)
	}
	for text, good := range map[string]bool{
		"https://partner.example/hook?x=1": true, "https://partner.example:8443/": true, "http://10.1.2.3/": true, "https://192.168.7.12/a": true,
		"http://partner.example/": false, "https://10.2.0.1/": false, "http://192.168.7.13/": false, "https://localhost/": true, // refused when it connects
		"ftp://partner.example/": false, "https:///x": false, "https://u:p@partner.example/": false, "partner.example": false, "": false,
		"https://2130706433/": true, "https://0x7f.1/": true, "https://[::ffff:10.2.0.1]/": false, "https://[::ffff:10.1.0.1]/": true,
		"https://partner.example/#x": false, "https://[::1]/": false, "https://" + strings.Repeat("a", 1000): false,
	} {
		if err := CheckURL(text, allowed); (err == nil) != good || err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, bad := range []string{"10.1.0.0/33", "partner.example", "10.1"} {
		if _, err := ParseNetworks(bad); err == nil {
			t.Errorf("%s is a network", bad)
		}
	}
}

// names is a name server whose answers follow each other, the last one for good.
func names(t *testing.T, answers ...string) (*net.Resolver, *atomic.Int32) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	asked := &atomic.Int32{}
	go func() {
		raw := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(raw)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(raw[:n]) != nil {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				which := min(int(asked.Add(1)), len(answers)) - 1
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: netip.MustParseAddr(answers[which]).As4()},
				}}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}, asked
}

// A name that leads to the open network when somebody looks, and into this
// machine when the connection is made, opens nothing: what is judged is the
// address that is about to be connected to.
func TestANameThatChangesBetweenTwoLooksOpensNothing(t *testing.T) {
	reached := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer inside.Close()
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(inside.URL, "http://"))
	resolver, asked := names(t, "1.1.1.1", "127.0.0.1")
	if got, err := resolver.LookupHost(t.Context(), "turncoat.example.org."); err != nil || len(got) != 1 || got[0] != "1.1.1.1" {
		t.Fatalf("the name leads to %v first: %v", got, err)
	}
	for range 2 {
		resp, err := client(nil, 1, resolver).Get("http://turncoat.example.org.:" + port)
		if err == nil {
			_ = resp.Body.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "127.0.0.1 is not of the open network") || reached {
			t.Errorf("reached %v: %v", reached, err)
		}
	}
	if asked.Load() != 3 {
		t.Errorf("the name server was asked %d times", asked.Load())
	}
	resp, err := client([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, 1, resolver).Get("http://turncoat.example.org.:" + port)
	if err != nil || !reached {
		t.Fatalf("what is allowed is not reached: %v", err)
	}
	_ = resp.Body.Close()
}

// A proxy would connect in our place, to whatever it likes.
func TestNoProxyOfTheEnvironmentAndNoOtherAddressIsFollowed(t *testing.T) {
	followed := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	defer other.Close()
	first := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer first.Close()
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, other.URL)
	}
	c := Client([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, 1)
	if c.Transport.(*http.Transport).Proxy != nil {
		t.Error("it asks the environment for a proxy")
	}
	resp, err := c.Get(first.URL)
	if err != nil || resp.StatusCode != http.StatusTemporaryRedirect || followed {
		t.Fatalf("followed %v: %v", followed, err)
	}
	_ = resp.Body.Close()
}
