package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/torideproject/toride/internal/cli"
	"github.com/torideproject/toride/internal/demo"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"toride": func() { os.Exit(cli.Main()) }})
}

// TestScript runs each file of testdata/script: input files, commands, and
// what they print.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TORIDE_LANG", "ja")
			book, err := demo.Workbook()
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(e.WorkDir, "台帳.xlsx"), book, 0o600)
		},
	})
}

// TestServe_FromNothingToTheFirstPage starts the real binary on an empty
// folder, follows the printed set-up link, and stops it as systemd would.
func TestServe_FromNothingToTheFirstPage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "toride")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), link, "serve", "--data", dir+"/data", "--key", dir+"/key/toride.key", "--listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "TORIDE_LANG=ja")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	setup := ""
	for setup == "" && lines.Scan() {
		if _, after, ok := strings.Cut(lines.Text(), "https://"); ok && strings.Contains(after, "/setup?token=") {
			setup = "https://" + after
		}
	}
	page := get(t, setup)
	if !strings.Contains(page, "病院") {
		t.Errorf("set-up page: %.500s", page)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// get reads a page; the certificate is the one that Toride has just made.
func get(t *testing.T, url string) string {
	t.Helper()
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // a certificate of this test
	defer client.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "ja")
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(fmt.Errorf("%s: %s: %w", url, res.Status, err))
	}
	return string(body)
}
