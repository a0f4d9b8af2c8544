package bulk_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/torideproject/toride/internal/event/source/bulk"
	"github.com/torideproject/toride/internal/event/source/sourcetest"
)

// A real sender of the bulk interface: rsyslog's omelasticsearch, over TLS, with
// a name and the token as its password. While Toride is full it keeps what it
// has (it must be told to by retryfailures, or it drops whatever an
// Elasticsearch refuses); afterwards every message has come once.
func TestRsyslog_Elasticsearch(t *testing.T) {
	certificate := sourcetest.Certificate(t)
	set := settings(false)(t)
	set.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &certificate, nil }}
	r := sourcetest.Start(t, bulk.Kind(), set)
	r.Sink.Refuse(sourcetest.Full())
	pem, _ := sourcetest.PEM(t, certificate)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	rs := sourcetest.StartRsyslog(t, fmt.Sprintf(`global(workDirectory="DIR/spool")
module(load="omelasticsearch")
template(name="doc" type="list") {
  constant(value="{\"@timestamp\":\"") property(name="timereported" dateFormat="rfc3339")
  constant(value="\",\"host\":{\"name\":\"") property(name="hostname" format="json")
  constant(value="\"},\"process\":{\"name\":\"") property(name="programname" format="json")
  constant(value="\"},\"message\":\"") property(name="msg" format="json")
  constant(value="\"}")
}
action(type="omelasticsearch" server="https://127.0.0.1" serverport="%s" template="doc" searchIndex="toride" searchType="" bulkmode="on" maxbytes="1m" retryfailures="on" ratelimit.interval="0"
  uid="toride" pwd="%s" tls.cacert="%s" healthchecktimeout="5000" queue.type="LinkedList" queue.size="5000" queue.dequeuebatchsize="200" action.resumeRetryCount="-1" action.resumeInterval="1")
`, port, token, file))
	const messages = 60
	for i := range messages {
		rs.Log(t, "karte", fmt.Sprintf(`患者の "カルテ" を参照 No.%03d`, i))
	}
	r.Sink.WaitTaken(t, 1)
	if r.Sink.Count() != 0 {
		t.Error("taken while full")
	}
	r.Sink.Refuse(nil)
	r.Sink.Wait(t, messages)
	rs.Stop(t)
	r.Halt(t)
	seen := map[string]int{}
	for _, rec := range r.Sink.Records() {
		var doc struct{ Message string } // what it sends again has lost its program's name
		if err := json.Unmarshal(rec.Data, &doc); err != nil {
			t.Fatalf("%v in %s", err, rec.Data)
		}
		seen[doc.Message]++
	}
	for i := range messages {
		if m := fmt.Sprintf(` 患者の "カルテ" を参照 No.%03d`, i); seen[m] != 1 {
			t.Errorf("%q came %d times", m, seen[m])
		}
	}
}
