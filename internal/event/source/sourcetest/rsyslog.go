package sourcetest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Rsyslog is a real rsyslogd that a test runs.
type Rsyslog struct {
	Dir string
	cmd *exec.Cmd
	out bytes.Buffer
}

// Socket is where logger(1) sends to.
func (r *Rsyslog) Socket() string { return filepath.Join(r.Dir, "log.sock") }

// StartRsyslog runs rsyslogd with a configuration in which DIR stands for its
// folder. It listens on Socket and on nothing else. It ends with the test. Where there is no
// rsyslogd the test is skipped, in CI it fails.
func StartRsyslog(t testing.TB, config string) *Rsyslog {
	t.Helper()
	path, err := exec.LookPath("rsyslogd")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/rsyslogd")
	}
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	// A socket's path must be short, and t.TempDir is long.
	dir, err := os.MkdirTemp("", "rs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	r := &Rsyslog{Dir: dir}
	if err := os.Mkdir(filepath.Join(dir, "spool"), 0o700); err != nil {
		t.Fatal(err)
	}
	head := `module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="DIR/log.sock" CreatePath="on" RateLimit.Interval="0")
`
	file := filepath.Join(dir, "rsyslog.conf")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(config+"\n"+head, "DIR", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	check := exec.Command(path, "-N1", "-f", file)
	if out, err := check.CombinedOutput(); err != nil {
		t.Fatalf("rsyslogd does not like the configuration: %v\n%s", err, out)
	}
	r.cmd = exec.Command(path, "-n", "-f", file, "-i", filepath.Join(dir, "pid"))
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.out
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Stop(t) })
	Until(t, "rsyslogd to listen", func() bool {
		_, err := os.Stat(r.Socket())
		return err == nil
	})
	return r
}

// Stop ends it; what it has in queues it writes to its spool.
func (r *Rsyslog) Stop(t testing.TB) {
	if r.cmd == nil {
		return
	}
	cmd := r.cmd
	r.cmd = nil
	_ = cmd.Process.Signal(syscall.SIGTERM) // it ignores an interrupt
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	late.Stop()
	if err != nil || t.Failed() {
		t.Logf("rsyslogd: %v\n%s", err, r.out.String())
	}
}

// Log sends one message with logger(1).
func (r *Rsyslog) Log(t testing.TB, tag, message string) {
	t.Helper()
	out, err := exec.Command("logger", "--socket", r.Socket(), "--socket-errors=on", "--tag", tag, "--priority", "user.notice", "--", message).CombinedOutput()
	if err != nil {
		t.Fatalf("logger: %v %s", err, out)
	}
}
