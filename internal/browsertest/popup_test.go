package browsertest

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// browser starts Chromium. It trusts exactly the keys of the two servers of this test, and finds them on loopback.
func browser(t *testing.T, s *site, instance *servicenowtest.Server) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no chromium-headless-shell and no chromium in PATH: the popup is not tested in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("ignore-certificate-errors-spki-list", s.key+","+instanceKey(t, instance)),
		chromedp.Flag("host-resolver-rules", "MAP "+appHost+":443 "+s.addr+",MAP "+otherHost+":443 "+s.addr+
			",MAP "+instance.Instance().Host()+":443 "+instance.Addr()+",MAP * ~NOTFOUND,EXCLUDE 127.0.0.1"),
		chromedp.Flag("disable-popup-blocking", true), chromedp.Flag("no-proxy-server", true),
	)
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium has no sandbox for root
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...) // t.Context ends before the clean-up
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	return ctx
}

func do(t *testing.T, ctx context.Context, what string, steps ...step) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func get[T any](t *testing.T, ctx context.Context, what string, action chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return v
}

type step = chromedp.Action[chromedp.Void]

func click(css string) step { return chromedp.Click(chromedp.CSS(css)) }

func visible(css string) step { return chromedp.WaitVisible(chromedp.CSS(css)) }

func fill(css, text string) step { return chromedp.SendKeys(chromedp.CSS(css), text) }

// until polls a condition of the page.
func until(condition string) step {
	return chromedp.Poll[chromedp.Void](condition, chromedp.WithPollingTimeout(20*time.Second))
}

// answer logs in on the instance's page and presses a button of its consent page.
func answer(button string) step {
	return chromedp.Steps(
		visible("input[name=user_name]"),
		fill("input[name=user_name]", servicenowtest.IntegrationUser),
		fill("input[name=user_password]", servicenowtest.IntegrationPassword),
		click("button[value=sysverb_login]"),
		visible("button[value="+button+"]"),
		click("button[value="+button+"]"),
	)
}

// open clicks Connect on a page and returns the popup's own context.
func open(t *testing.T, ctx context.Context, page string) context.Context {
	t.Helper()
	do(t, ctx, "opener", chromedp.Navigate(page), visible("#connect"))
	popups := chromedp.WaitNewTarget(ctx, func(*target.Info) bool { return true })
	do(t, ctx, "connect", click("#connect"))
	select {
	case id := <-popups:
		popup, cancel := chromedp.NewContext(ctx, chromedp.WithTargetID(id))
		t.Cleanup(cancel)
		return popup
	case <-ctx.Done():
		t.Fatal("no popup")
		return nil
	}
}

// message is what the opener received.
type message struct {
	Origin string `json:"origin"`
	Data   struct {
		Type, Tenant, Code, Problem, Remedy string
		OK                                  bool
	} `json:"data"`
}

func TestPopup(t *testing.T) {
	for name, tt := range map[string]struct {
		button string
		ok     bool
		code   string
	}{
		"allow": {"allow", true, ""},
		"deny":  {"deny", false, "access_denied"},
	} {
		t.Run(name, func(t *testing.T) {
			instance := servicenowtest.NewServer(t)
			s := newSite(t, instance)
			ctx := browser(t, s, instance)
			popup := open(t, ctx, "https://"+appHost+"/")
			do(t, popup, "consent", answer(tt.button))
			do(t, ctx, "the opener waits", until("window.received.length > 0 && window.popup.closed"))
			received := get(t, ctx, "messages", chromedp.Evaluate[[]message]("window.received"))
			if len(received) != 1 {
				t.Fatalf("%d messages", len(received))
			}
			m := received[0]
			if m.Origin != "https://"+appHost || m.Data.Type != "servicenow-consent" || m.Data.Tenant != tenant {
				t.Errorf("message %+v", m)
			}
			if m.Data.OK != tt.ok || m.Data.Code != tt.code || (m.Data.Remedy == "") != tt.ok {
				t.Errorf("message %+v", m)
			}
			if got := s.tokens(); (got == 1) != tt.ok {
				t.Errorf("%d tokens", got)
			}
		})
	}
}

// Another site opens the popup: the message has an exact target, and does not arrive there.
func TestPopupOfAnotherSite(t *testing.T) {
	instance := servicenowtest.NewServer(t)
	s := newSite(t, instance)
	ctx := browser(t, s, instance)
	popup := open(t, ctx, "https://"+otherHost+"/")
	do(t, popup, "consent", answer("allow"))
	do(t, ctx, "the other site waits", until("window.popup.closed"), chromedp.Sleep(500*time.Millisecond))
	received := get(t, ctx, "messages", chromedp.Evaluate[[]message]("window.received"))
	if len(received) != 0 {
		t.Errorf("another origin received %+v", received)
	}
}

// With script switched off the whole consent works in one tab, and its last page says so.
func TestWithoutScript(t *testing.T) {
	for button, want := range map[string]string{"allow": "ServiceNow is connected",
		"deny": "choose Allow on the instance"} {
		t.Run(button, func(t *testing.T) {
			instance := servicenowtest.NewServer(t)
			s := newSite(t, instance)
			ctx := browser(t, s, instance)
			_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled,
				emulation.SetScriptExecutionDisabledParams{Value: true})
			if err != nil {
				t.Fatal(err)
			}
			do(t, ctx, "consent", chromedp.Navigate("https://"+appHost+"/oauth/start"), answer(button), visible("a"))
			text := get(t, ctx, "text", chromedp.Text(chromedp.CSS("body")))
			link := get(t, ctx, "link", chromedp.AttributeValue(chromedp.CSS("a"), "href"))
			if !strings.Contains(text, want) || link.Value != "https://"+appHost {
				t.Errorf("the page says %q and leads to %q", text, link.Value)
			}
			if got := s.tokens(); (got == 1) != (button == "allow") {
				t.Errorf("%d tokens", got)
			}
		})
	}
}
