package webtls

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

func TestFair_OneAddressCannotTakeAllConnections(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := NewFair(l, 2)
	t.Cleanup(func() { _ = f.Close() }) // closed below already when all went well
	got := make(chan net.Conn, 10)
	go func() {
		for {
			conn, err := f.Accept()
			if err != nil {
				close(got)
				return
			}
			got <- conn
		}
	}()
	dial := func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	dial()
	dial()
	first := <-got
	<-got
	third := dial()
	if err := third.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := third.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a third connection stays open: %v", err)
	}
	for range 2 { // closing twice gives one place back
		_ = first.Close()
	}
	dial()
	if <-got == nil {
		t.Error("no place after one was given back")
	}
	if f.take("127.0.0.1") {
		t.Error("closing one connection twice gave two places back")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
