package treemap

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/internal/browsertest"
)

// A browser is a headless Chromium that is driven over two pipes (Chrome DevTools Protocol, "--remote-debugging-pipe": messages of JSON, each with
// a byte 0 behind it). That needs no library of the tests in go.mod.
type browser struct {
	t       *testing.T
	in      io.Writer
	out     *bufio.Reader
	session string
	id      int
	errors  []string // exceptions and console messages of the page
}

// open starts a browser. Without one the test is skipped, unless REFWARD_BROWSER is "required".
func open(t *testing.T) *browser {
	program := browsertest.Program(t)
	theirs, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirs2, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := os.MkdirTemp("", "treemap-browser")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, append(browsertest.Arguments(profile), "--hide-scrollbars", "--window-size=1360,1000", "--remote-debugging-pipe", "about:blank")...)
	cmd.ExtraFiles = []*os.File{theirs, theirs2}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	theirs2.Close()
	b := &browser{t: t, in: in, out: bufio.NewReader(out)}
	stuck := time.AfterFunc(90*time.Second, func() { _ = cmd.Process.Kill() }) // reading then ends with an error
	t.Cleanup(func() {
		fmt.Fprintf(in, `{"id":1000000,"method":"Browser.close"}`+"\x00")
		in.Close()
		_ = cmd.Wait()
		stuck.Stop()
		out.Close()
		_ = os.RemoveAll(profile) // a child of the browser may still be writing there
	})
	target := b.call("Target.createTarget", map[string]any{"url": "about:blank"})["targetId"]
	b.session, _ = b.call("Target.attachToTarget", map[string]any{"targetId": target, "flatten": true})["sessionId"].(string)
	for _, domain := range []string{"Page", "Runtime", "Log", "Accessibility"} {
		b.call(domain+".enable", nil)
	}
	b.call("Emulation.setFocusEmulationEnabled", map[string]any{"enabled": true}) // keys go to the page that has the focus
	return b
}

// call calls a method and waits for its answer.
func (b *browser) call(method string, params map[string]any) map[string]any {
	b.t.Helper()
	b.id++
	message := map[string]any{"id": b.id, "method": method}
	if params != nil {
		message["params"] = params
	}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	data, err := json.Marshal(message)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.in.Write(append(data, 0)); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	for {
		answer := b.read(method)
		if answer["id"] == float64(b.id) {
			if e := answer["error"]; e != nil {
				b.t.Fatalf("%s: %v", method, e)
			}
			result, _ := answer["result"].(map[string]any)
			return result
		}
	}
}

func (b *browser) read(method string) map[string]any {
	b.t.Helper()
	raw, err := b.out.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("%s: the browser is gone: %v", method, err)
	}
	var m map[string]any
	if err := json.Unmarshal(bytes.TrimSuffix(raw, []byte{0}), &m); err != nil {
		b.t.Fatal(err)
	}
	switch m["method"] {
	case "Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled":
		b.errors = append(b.errors, string(raw))
	}
	return m
}

// show opens a page and waits until it is there.
func (b *browser) show(page string) {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.call("Page.navigate", map[string]any{"url": "file://" + file})
	b.eval(`new Promise(done => document.readyState === "complete" ? done(1) : addEventListener("load", () => done(1)))`)
}

// eval returns what an expression comes to.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	r := b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true})
	if r["exceptionDetails"] != nil {
		b.t.Fatalf("%s: %v", expression, r["exceptionDetails"])
	}
	result, _ := r["result"].(map[string]any)
	return fmt.Sprint(result["value"])
}

// key presses a key.
func (b *browser) key(name string) {
	b.t.Helper()
	codes := map[string]int{"Tab": 9, "Enter": 13, "Escape": 27, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
	for _, kind := range []string{"rawKeyDown", "keyUp"} {
		b.call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": name, "code": name, "windowsVirtualKeyCode": codes[name]})
	}
}

// shot writes a picture to the folder that REFWARD_SCREENSHOTS names, if it does.
func (b *browser) shot(name string) {
	b.t.Helper()
	data, _ := b.call("Page.captureScreenshot", map[string]any{"format": "png"})["data"].(string)
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(raw) < 10000 {
		b.t.Fatalf("a picture of %d bytes: %v", len(raw), err)
	}
	if dir := os.Getenv("REFWARD_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), raw, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
}

const (
	focused = `(document.activeElement.closest(".c")||{dataset:{}}).dataset.n`
	placed  = `JSON.stringify([...document.querySelectorAll("#map .c")].map(c => c.closest(".off") ? [] : [...["x","y","width","height"].map(a => Math.round(10*c.querySelector(":scope > rect").getAttribute(a))/10), c.querySelector(":scope > text").textContent]))`
	visible = `[...document.querySelectorAll("#map .c")].filter(c => !c.closest(".off, .pass") && getComputedStyle(c).display !== "none").length`
)

func TestBrowser(t *testing.T) {
	t.Parallel()
	b := open(t)
	root := shown(sample())
	root.place(Rect{0, 0, width, height})
	last := root.cells[len(root.cells)-1]
	for i := len(root.cells) - 1; last.hidden; i-- {
		last = root.cells[i]
	}
	b.show(write(t, Page{"sample", now, sample()}))
	b.shot("ownership")

	// The picture: Chromium's own boxes are those that were computed.
	if got := b.eval(`(() => { const r = document.querySelector("#map .c .c > rect"); return r.getBBox().width > 100 && document.querySelectorAll("#map .c").length })()`); got == "false" || got == "0" {
		t.Errorf("the picture has %s areas", got)
	}
	before := b.eval(placed)

	// Keys.
	for range 2 {
		b.key("Tab")
	}
	want := func(step, name string) {
		t.Helper()
		if got := b.eval(focused); got != name {
			t.Errorf("%s: the focus is on %q, want %q", step, got, name)
		}
	}
	first, second := root.cells[0], root.cells[1]
	want("tab", root.name)
	b.key("ArrowRight")
	want("right", first.name)
	b.key("ArrowDown")
	want("down", second.name)
	b.key("End")
	want("end", last.name)
	b.key("ArrowDown")
	want("down at the end", last.name)
	b.key("Home")
	want("home", first.name)
	if got := b.eval(`getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement.querySelector("rect")).strokeWidth`); got != "solid5px" {
		t.Errorf("the focus looks like %s", got)
	}
	if got := b.eval(`document.getElementById("about").textContent`); !strings.HasPrefix(got, first.path+": ") {
		t.Errorf("below the picture: %q", got)
	}
	b.shot("focus")
	all := b.eval(visible)
	b.key("Enter")
	want("enter", first.name)
	if got := b.eval(`(() => { const r = document.activeElement.querySelector("rect"); return r.getAttribute("x") + " " + r.getAttribute("width") + " " + r.getAttribute("height") })()`); got != "0 1199 719" {
		t.Errorf("enter: the directory is at %s", got)
	}
	if got := b.eval(`document.getElementById("path").innerText.replace(/\s+/g, "")`); !strings.Contains(got, root.name) || !strings.Contains(got, first.name) {
		t.Errorf("enter: the path is %q", got)
	}
	b.shot("zoomed")
	b.key("ArrowLeft")
	want("left of what is shown", first.name)
	b.key("ArrowRight")
	want("right, inside", first.cells[0].name)
	b.key("Escape")
	want("escape", first.name)
	if got := b.eval(visible); got != all {
		t.Errorf("escape: %s areas are seen, %s before", got, all)
	}
	var then, after [][]any
	for text, into := range map[string]*[][]any{before: &then, b.eval(placed): &after} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	same := slices.EqualFunc(then, after, func(a, b []any) bool {
		return slices.EqualFunc(a, b, func(x, y any) bool { // figures are rounded to a tenth
			f, ok := x.(float64)
			g, _ := y.(float64)
			return ok && math.Abs(f-g) < .25 || x == y
		})
	})
	if !same {
		for i := range then {
			if fmt.Sprint(then[i]) != fmt.Sprint(after[i]) {
				t.Logf("%v, now %v", then[i], after[i])
			}
		}
		t.Errorf("escape: the script places otherwise than Go, beyond what is rounded")
	}
	b.key("ArrowLeft")
	want("left", root.name)

	// The mouse goes in by one level a click.
	b.eval(`document.querySelectorAll("#map .c .c .c rect")[3].dispatchEvent(new MouseEvent("click", {bubbles: true}))`)
	want("click", first.name)
	b.eval(`document.querySelector("#path button").click()`)
	want("click on the path", root.name)

	// What colours say, by choice: no script is asked.
	fill := `getComputedStyle(document.querySelector("#map .c:not(.dir) > rect")).fill`
	seen := map[string]bool{}
	for _, s := range scales {
		b.eval(`document.getElementById("by-` + s.Key + `").click()`)
		seen[b.eval(fill)] = true
		if got := b.eval(`[...document.querySelectorAll(".key")].filter(k => k.checkVisibility()).map(k => k.className).join()`); got != "key key-"+s.Key {
			t.Errorf("%s: the legend is %s", s.Name, got)
		}
		b.shot(strings.ToLower(s.Name))
	}
	if len(seen) != len(scales) {
		t.Errorf("the colours are %v", seen)
	}

	// What a screen reader is told.
	tree, err := json.Marshal(b.call("Accessibility.getFullAXTree", nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"value":"tree"`, `"value":"Directories of sample by lines"`, `"value":"treeitem"`, `"value":"Colour by"`, `"value":"` + first.path + ": "} {
		if !bytes.Contains(tree, []byte(want)) {
			t.Errorf("the accessibility tree lacks %s", want)
		}
	}
	b.eval(`document.querySelector("details").open = true`)
	if got := b.eval(`document.querySelectorAll("tbody tr").length === document.querySelectorAll("#map .c").length`); got != "true" {
		t.Error("the table has another number of rows than the picture of areas")
	}
	b.shot("table")

	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]any{{"name": "prefers-color-scheme", "value": "dark"}}})
	b.eval(`document.querySelector("details").open = false; scrollTo(0, 0)`)
	if got := b.eval(`getComputedStyle(document.body).backgroundColor`); got != "rgb(20, 22, 26)" {
		t.Errorf("dark is %s", got)
	}
	b.shot("dark")
	if len(b.errors) > 0 {
		t.Errorf("the page complains: %s", b.errors)
	}
}

// TestBrowserHostile: nothing of a name runs, or becomes an element.
func TestBrowserHostile(t *testing.T) {
	t.Parallel()
	b := open(t)
	evil := `</title><script>window.hit=1</script><img src=x onerror="window.hit=1">"'><svg onload=window.hit=1>`
	b.show(write(t, Page{evil, now, &Node{Name: evil, Lines: 10, Children: []*Node{{Name: evil, Lines: 6, Owners: []Share{{evil, 1}}, Children: []*Node{{Name: evil + "x", Lines: 5}}}}}}))
	b.eval(`document.querySelector("#map .c .c").dispatchEvent(new MouseEvent("click", {bubbles: true}))`) // the path is made by the script
	if got := b.eval(`[window.hit, document.scripts.length, document.images.length, document.querySelectorAll("svg").length, document.querySelectorAll("#path button").length].join()`); got != ",1,0,1,2" {
		t.Errorf("got %s", got)
	}
	if len(b.errors) > 0 {
		t.Errorf("the page complains: %s", b.errors)
	}
}

// TestBrowserLarge: a page at the bound is shown whole.
func TestBrowserLarge(t *testing.T) {
	t.Parallel()
	b := open(t)
	root := &Node{Name: "large"}
	for i := range MaxNodes * 2 {
		root.Children = append(root.Children, &Node{Name: fmt.Sprint("d", i), Lines: int64(1000 + i%977), Children: []*Node{{Name: "f", Lines: 900}}})
		root.Lines += int64(1000 + i%977)
	}
	b.show(write(t, Page{"large", now, root}))
	if got := b.eval(`document.querySelectorAll("tbody tr").length > 1000 && document.querySelectorAll("#map .c").length > 1000`); got != "true" {
		t.Error("areas or rows are missing")
	}
}
