package bulk_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event/format/all"
	"github.com/torideproject/toride/internal/event/format/formattest"
	"github.com/torideproject/toride/internal/event/source/sourcetest"
)

// turn is a request as a sender puts it on the wire, and what it must find in the
// answer to go on.
type turn struct {
	line   string // "GET / HTTP/1.1"
	body   []byte
	header string
	code   int
	part   string
}

// dialogue has one connection, as the senders have.
func dialogue(t *testing.T, r *sourcetest.Running, agent, authorization string, turns []turn) {
	t.Helper()
	conn, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	in := bufio.NewReader(conn)
	for _, q := range turns {
		head := fmt.Sprintf("%s\r\nHost: toride.byoin.example:9200\r\nUser-Agent: %s\r\nAuthorization: %s\r\n%s", q.line, agent, authorization, q.header)
		if len(q.body) > 0 {
			head += fmt.Sprintf("Content-Length: %d\r\n", len(q.body))
		}
		if _, err := conn.Write(append([]byte(head+"\r\n"), q.body...)); err != nil {
			t.Fatal(err)
		}
		method, _, _ := strings.Cut(q.line, " ")
		resp, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("%s: %v", q.line, err)
		}
		out, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != q.code || !strings.Contains(string(out), q.part) {
			t.Errorf("%s: %d %s %v", q.line, resp.StatusCode, out, err)
		}
	}
}

// sample is an entry of the formats' own cases.
func sample(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "format", filepath.FromSlash(path), "in.log"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(data, []byte("\n"))
}

// The requests are those that the senders' own sources make (elastic/beats,
// libbeat/esleg, idxmgmt, licenser, template; fluent/fluent-bit, plugins/out_es);
// the programs themselves cannot be had where the tests run.
func TestDialogue(t *testing.T) {
	windows, auth, fluent := sample(t, "windows/testdata/winlogbeat-4625"), sample(t, "json/testdata/filebeat-auth-log"), sample(t, "windows/testdata/fluentbit-winevtlog-4625")
	apiKey := "ApiKey " + base64.StdEncoding.EncodeToString([]byte("toride:"+token))
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("toride:"+token))
	const accept = "Accept: application/json\r\n"
	const filter = "/_bulk?filter_path=errors%2Citems.%2A.error%2Citems.%2A.status HTTP/1.1"
	for name, d := range map[string]struct {
		agent, authorization string
		turns                []turn
		dataset              string
	}{
		"Winlogbeat 8": {"Elastic-winlogbeat/8.11.1 (windows; amd64; 0123abc; 2023-11-11 00:00:00 +0000 UTC)", apiKey, []turn{
			{line: "GET / HTTP/1.1", header: accept, code: 200, part: `"number":"8.11.1"`},
			{line: "GET /_license?human=false HTTP/1.1", header: accept, code: 200, part: `"status":"active"`},
			{line: "GET /_ilm/policy/winlogbeat HTTP/1.1", header: accept, code: 200, part: `"winlogbeat"`},
			{line: "HEAD /_index_template/winlogbeat-8.11.1 HTTP/1.1", header: accept, code: 200},
			{line: "GET /_data_stream/winlogbeat-8.11.1 HTTP/1.1", header: accept, code: 200, part: `"data_streams"`},
			{line: "PUT /_ingest/pipeline/winlogbeat-8.11.1-security HTTP/1.1", header: accept + "Content-Type: application/json; charset=UTF-8\r\n", body: []byte(`{"processors":[]}`), code: 200, part: `"acknowledged":true`},
			{line: "POST " + filter, header: accept + "Content-Type: application/json; charset=UTF-8\r\nContent-Encoding: gzip\r\n",
				body: zipped(fmt.Appendf(nil, "{\"create\":{\"_index\":\"winlogbeat-8.11.1\"}}\n%s\n", windows)), code: 200, part: `"errors":false,"items":[{"create":{"status":201}}]`},
		}, "windows.security"},
		"Filebeat 7": {"Filebeat/7.17.5 (linux; amd64; 0123abc; 2022-06-21 00:00:00 +0000 UTC)", basic, []turn{
			{line: "GET / HTTP/1.1", header: accept, code: 200, part: `"number":"7.17.5"`},
			{line: "GET /_xpack HTTP/1.1", header: accept, code: 200, part: `"ilm":{"available":true,"enabled":true}`},
			{line: "HEAD /_ilm/policy/filebeat HTTP/1.1", header: accept, code: 200},
			{line: "HEAD /_template/filebeat-7.17.5 HTTP/1.1", header: accept, code: 200},
			{line: "HEAD /_alias/filebeat-7.17.5 HTTP/1.1", header: accept, code: 200},
			{line: "POST " + filter, header: accept + "Content-Type: application/json; charset=UTF-8\r\n",
				body: fmt.Appendf(nil, "{\"index\":{\"_index\":\"filebeat-7.17.5\",\"_type\":\"_doc\"}}\n%s\n", auth), code: 200, part: `"errors":false,"items":[{"index":{"status":201}}]`},
		}, "linux.sshd"},
		"Fluent Bit": {"Fluent-Bit", basic, []turn{
			{line: "POST /_bulk HTTP/1.1", header: "Content-Type: application/x-ndjson\r\n",
				body: fmt.Appendf(nil, "{\"create\":{\"_index\":\"fluent-bit\"}}\n%s\n", fluent), code: 200, part: `"errors":false`},
			{line: "POST /_bulk HTTP/1.1", header: "Content-Type: application/x-ndjson\r\nContent-Encoding: gzip\r\n",
				body: zipped(fmt.Appendf(nil, "{\"create\":{\"_index\":\"logs-generic-default\",\"_id\":\"0a1b2c3d-0000-0000-0000-000000000000\"}}\n%s\n", fluent)), code: 200, part: `"errors":false`},
		}, "windows.security"},
	} {
		set := settings(false)(t)
		r := sourcetest.Start(t, bulkKind(), set)
		dialogue(t, r, d.agent, d.authorization, d.turns)
		records := r.Sink.Records()
		if len(records) == 0 {
			t.Errorf("%s: nothing was taken", name)
			continue
		}
		formats := all.Named(formattest.Zone())
		for _, rec := range records {
			e := formattest.Normalise(formats[rec.Format], rec.Data)
			if e.Dataset != d.dataset || e.Unread != "" || e.Core.Outcome != "failure" {
				t.Errorf("%s: %+v", name, e)
			}
		}
		r.Stop(t)
	}
}
