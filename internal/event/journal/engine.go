package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	streamPrefix = "E" // a stream is named after its epoch: E1
	startTimeout = 60 * time.Second
	// ackTimeout is how long a write may take: a disk that is this slow is a broken one.
	ackTimeout = 60 * time.Second
	// ackGrace is how long to wait for an answer after the server reported an
	// error: after a failed write it never answers.
	ackGrace = 500 * time.Millisecond
	// maxStore is no limit; the streams have their own.
	maxStore = 1 << 50
)

// engine is a running JetStream with one stream per epoch that has batches
// left. After a failed write it takes no more and is replaced by a new one.
type engine struct {
	server  *server.Server
	conn    *nats.Conn
	js      jetstream.JetStream
	mu      sync.Mutex
	streams map[uint32]jetstream.Stream // guarded by mu; asking one of them for its Info would race with reading
	asking  sync.Mutex                  // held while one is asked
	trouble chan struct{}               // the server reported an error
}

// startEngine starts the server over dir and opens its streams. It recovers
// what the disk holds, at about the speed at which the disk is read.
func startEngine(ctx context.Context, dir string, log *slog.Logger) (*engine, error) {
	e := &engine{streams: map[uint32]jetstream.Stream{}, trouble: make(chan struct{}, 1)}
	srv, err := server.NewServer(&server.Options{
		ServerName: "toride", DontListen: true, NoSigs: true, NoLog: true, DisableJetStreamBanner: true,
		JetStream: true, StoreDir: dir, JetStreamMaxMemory: 1 << 20, JetStreamMaxStore: maxStore, MaxPayload: maxMessage + 4096,
		SyncAlways: true, // without it a power cut loses the whole stream
	})
	if err != nil {
		return nil, fmt.Errorf("journal: server: %w", err)
	}
	srv.SetLoggerV2(&serverLog{log: log, trouble: e.trouble}, false, false, false)
	e.server = srv
	srv.Start()
	if !srv.ReadyForConnections(startTimeout) || !srv.JetStreamEnabled() {
		e.stop()
		return nil, errors.New("journal: the server did not start")
	}
	if e.conn, err = nats.Connect("", nats.InProcessServer(srv), nats.NoReconnect()); err == nil {
		e.js, err = jetstream.New(e.conn)
	}
	if err == nil {
		err = e.find(ctx)
	}
	if err != nil {
		e.stop()
		return nil, fmt.Errorf("journal: %w", err)
	}
	return e, nil
}

// find opens the streams that the disk holds.
func (e *engine) find(ctx context.Context) error {
	names := e.js.StreamNames(ctx)
	var epochs []uint32
	for name := range names.Name() {
		digits, ok := strings.CutPrefix(name, streamPrefix)
		epoch, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil {
			return fmt.Errorf("unknown stream %q", name)
		}
		epochs = append(epochs, uint32(epoch))
	}
	if err := names.Err(); err != nil {
		return fmt.Errorf("streams: %w", err)
	}
	for _, epoch := range epochs {
		s, err := e.js.Stream(ctx, streamName(epoch))
		if err != nil {
			return fmt.Errorf("stream %d: %w", epoch, err)
		}
		e.streams[epoch] = s
	}
	return nil
}

func streamName(epoch uint32) string { return streamPrefix + strconv.FormatUint(uint64(epoch), 10) }

func subject(epoch uint32) string { return "journal." + strconv.FormatUint(uint64(epoch), 10) }

// create opens the stream of an epoch with the limit in bytes; it is created
// where it is not there yet.
func (e *engine) create(ctx context.Context, epoch uint32, limit int64) error {
	s, err := e.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: streamName(epoch), Subjects: []string{subject(epoch)}, Storage: jetstream.FileStorage, Replicas: 1,
		Retention: jetstream.LimitsPolicy, MaxBytes: limit, MaxMsgSize: maxMessage + 4096, AllowDirect: true,
		Discard: jetstream.DiscardNew, // full means an error; the default drops what was acknowledged
	})
	if err != nil {
		return fmt.Errorf("journal: stream %d: %w", epoch, err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.streams[epoch] = s
	return nil
}

// stream gives the stream of an epoch, or nil.
func (e *engine) stream(epoch uint32) jetstream.Stream {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.streams[epoch]
}

// state asks the server how the stream of an epoch is.
func (e *engine) state(ctx context.Context, epoch uint32) (jetstream.StreamState, error) {
	e.asking.Lock()
	defer e.asking.Unlock()
	s, err := e.js.Stream(ctx, streamName(epoch)) // which asks
	if err != nil {
		return jetstream.StreamState{}, fmt.Errorf("journal: stream %d: %w", epoch, err)
	}
	return s.CachedInfo().State, nil
}

// remove deletes the stream of an epoch.
func (e *engine) remove(ctx context.Context, epoch uint32) error {
	if err := e.js.DeleteStream(ctx, streamName(epoch)); err != nil {
		return fmt.Errorf("journal: stream %d: %w", epoch, err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.streams, epoch)
	return nil
}

// epochs lists the epochs that have a stream, oldest first.
func (e *engine) epochs() []uint32 {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []uint32
	for epoch := range e.streams {
		list = append(list, epoch)
	}
	slices.Sort(list)
	return list
}

// publish writes one message as the number last+1 and returns when it is
// synced. After an error that is not an answer of the server the engine is
// broken, and whether the message was written is not known.
func (e *engine) publish(ctx context.Context, epoch uint32, last uint64, msg []byte) error {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	select {
	case <-e.trouble: // an old one
	default:
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-done:
			return
		case <-e.trouble:
		}
		t := time.NewTimer(ackGrace)
		defer t.Stop()
		select {
		case <-done:
		case <-t.C:
			cancel()
		}
	}()
	ack, err := e.js.Publish(ctx, subject(epoch), msg, jetstream.WithExpectLastSequence(last), jetstream.WithRetryAttempts(0))
	if err == nil && ack.Sequence != last+1 {
		return fmt.Errorf("journal: batch %d was written as %d", last+1, ack.Sequence)
	}
	return err
}

// stop ends the server and waits for it.
func (e *engine) stop() {
	if e.conn != nil {
		e.conn.Close()
	}
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

// serverLog passes what the server reports to our log; its notices are of no
// use to people.
type serverLog struct {
	log     *slog.Logger
	trouble chan<- struct{}
}

// Errorf logs an error and tells a waiting publish that its answer may never come.
func (l *serverLog) Errorf(format string, v ...any) {
	l.log.Error("journal: " + fmt.Sprintf(format, v...))
	select {
	case l.trouble <- struct{}{}:
	default:
	}
}

// Fatalf never ends the process: what the server cannot do the journal reports.
func (l *serverLog) Fatalf(format string, v ...any) { l.Errorf(format, v...) }

// Warnf logs a warning.
func (l *serverLog) Warnf(format string, v ...any) {
	l.log.Warn("journal: " + fmt.Sprintf(format, v...))
}

// Noticef, Debugf and Tracef drop what they are given.
func (l *serverLog) Noticef(string, ...any) {}

// Debugf drops what it is given.
func (l *serverLog) Debugf(string, ...any) {}

// Tracef drops what it is given.
func (l *serverLog) Tracef(string, ...any) {}
