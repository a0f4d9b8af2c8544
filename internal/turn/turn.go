package turn

import (
	"context"
	"sync"
)

// Turns bounds what is done at the same time, in all and for each one who asks:
// whoever asks for much takes no more than a share, and the others are served
// meanwhile. It is safe for several goroutines.
type Turns struct {
	all  chan struct{}
	each int
	mu   sync.Mutex
	own  map[string]*share // of those who hold a turn or wait for one
}

// share is the turns of one.
type share struct {
	taken chan struct{}
	users int // turns held and waited for
}

// New makes Turns of which there are all, and each for one who asks; both are 1
// at least.
func New(all, each int) *Turns {
	return &Turns{all: make(chan struct{}, all), each: each, own: map[string]*share{}}
}

// Enter waits for a turn of who until ctx ends, and says whether there was one;
// one that is free is given also when ctx has ended. Leave gives it back.
func (t *Turns) Enter(ctx context.Context, who string) bool {
	t.mu.Lock()
	s := t.own[who]
	if s == nil {
		s = &share{taken: make(chan struct{}, t.each)}
		t.own[who] = s
	}
	s.users++
	t.mu.Unlock()
	if !take(ctx, s.taken) {
		t.forget(who)
		return false
	}
	if !take(ctx, t.all) {
		<-s.taken
		t.forget(who)
		return false
	}
	return true
}

func take(ctx context.Context, places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	default:
	}
	select {
	case places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// Leave gives back a turn that Enter gave.
func (t *Turns) Leave(who string) {
	<-t.all
	t.mu.Lock()
	taken := t.own[who].taken
	t.mu.Unlock()
	<-taken
	t.forget(who)
}

func (t *Turns) forget(who string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.own[who]
	if s.users--; s.users == 0 {
		delete(t.own, who)
	}
}
