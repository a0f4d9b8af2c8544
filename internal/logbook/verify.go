package logbook

import (
	"context"
	"sync"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// verifying is the verification that runs now, at most one.
type verifying struct {
	life context.Context // of all of them
	end  context.CancelFunc
	runs sync.WaitGroup

	mu          sync.Mutex
	closed      bool
	running     bool
	done, total int64
	failed      error
}

func (v *verifying) begin() { v.life, v.end = context.WithCancel(context.Background()) }

func (v *verifying) close() {
	v.mu.Lock()
	v.closed = true
	v.mu.Unlock()
	v.end()
	v.runs.Wait()
}

// start says whether the caller may verify; then it must call ended.
func (v *verifying) start() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.running || v.closed {
		return fault.New(fault.Conflict, "logbook.verify.running")
	}
	v.running, v.failed, v.done, v.total = true, nil, 0, 0
	v.runs.Add(1)
	return nil
}

func (v *verifying) state() (running bool, percent int, failed error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.total > 0 {
		percent = int(v.done * 100 / v.total)
	}
	return v.running, percent, v.failed
}

// startVerify starts reading everything that is kept; it goes on when the
// reader leaves the page. It reads the disk as fast as it is, with one
// CPU, until it is done or the desk is closed.
func (d *Desk) startVerify(c *web.Call) error {
	if err := d.verify.start(); err != nil {
		return err
	}
	if err := d.cfg.Book.Note(c.Ctx(), ledger.ActorOf(c), "log.verify", "log", nil); err != nil {
		d.ended(err)
		return err
	}
	go func() { d.ended(d.compare(d.verify.life)) }()
	return c.Redirect("/log/kept#verified", text.M("logbook.verify.started"))
}

// compare verifies everything, and that the log of seals goes on from each of
// its states that stand in the ledger.
func (d *Desk) compare(ctx context.Context) error {
	checkpoints, err := d.log.Checkpoints(ctx)
	if err != nil {
		return err
	}
	_, err = d.cfg.Store.Verify(ctx, checkpoints, d.progress)
	return err
}

func (d *Desk) progress(done, total int64) {
	d.verify.mu.Lock()
	moved := total > 0 && done*20/total != d.verify.done*20/max(1, d.verify.total)
	d.verify.done, d.verify.total = done, total
	d.verify.mu.Unlock()
	if moved {
		d.tell()
	}
}

func (d *Desk) ended(err error) {
	d.verify.mu.Lock()
	d.verify.running, d.verify.failed = false, err
	d.verify.mu.Unlock()
	d.tell()
	d.verify.runs.Done()
}

func (d *Desk) tell() {
	if d.cfg.Tell != nil {
		d.cfg.Tell(Topic)
	}
}
