package bulk

import (
	"context"
	"sync"
)

// turns bounds the requests that are read at the same time, in all and of one
// sender: whoever holds its requests open takes no more than its share, and the
// others are read meanwhile.
type turns struct {
	all  chan struct{}
	each int
	mu   sync.Mutex
	own  map[string]*share
}

// share is the turns of one sender.
type share struct {
	taken chan struct{}
	users int // who hold a turn or wait for one
}

func newTurns(all, each int) *turns {
	return &turns{all: make(chan struct{}, all), each: each, own: map[string]*share{}}
}

// enter waits for a turn until ctx ends, and says whether there was one.
func (t *turns) enter(ctx context.Context, peer string) bool {
	t.mu.Lock()
	s := t.own[peer]
	if s == nil {
		s = &share{taken: make(chan struct{}, t.each)}
		t.own[peer] = s
	}
	s.users++
	t.mu.Unlock()
	if !take(ctx, s.taken) {
		t.forget(peer)
		return false
	}
	if !take(ctx, t.all) {
		<-s.taken
		t.forget(peer)
		return false
	}
	return true
}

// take takes a place; one that is free also when ctx has ended.
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

func (t *turns) leave(peer string) {
	<-t.all
	t.mu.Lock()
	taken := t.own[peer].taken
	t.mu.Unlock()
	<-taken
	t.forget(peer)
}

func (t *turns) forget(peer string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.own[peer]; s != nil {
		if s.users--; s.users == 0 {
			delete(t.own, peer)
		}
	}
}
