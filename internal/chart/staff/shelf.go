package staff

import (
	"sync"
	"time"

	"github.com/torideproject/toride/internal/identity/credential"
)

// shelf keeps what waits for the next page of the same browser, by token. When
// it is full the oldest goes.
type shelf[T any] struct {
	mu   sync.Mutex
	room int
	life time.Duration
	kept map[string]kept[T]
}

type kept[T any] struct {
	v  T
	at time.Time
}

func newShelf[T any](room int, life time.Duration) *shelf[T] {
	return &shelf[T]{room: room, life: life, kept: map[string]kept[T]{}}
}

// put keeps v and gives its token.
func (s *shelf[T]) put(v T, now time.Time) string {
	token, hash := credential.NewToken()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.kept) >= s.room {
		oldest := ""
		for key, k := range s.kept {
			if oldest == "" || k.at.Before(s.kept[oldest].at) {
				oldest = key
			}
		}
		delete(s.kept, oldest)
	}
	s.kept[hash] = kept[T]{v: v, at: now}
	return token
}

// get gives what a token stands for.
func (s *shelf[T]) get(token string, now time.Time) (v T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.kept[credential.HashToken(token)]
	if !ok || now.Sub(k.at) > s.life {
		return v, false
	}
	return k.v, true
}

// drop forgets a token and reports whether it was there: of two who use it, one
// is first.
func (s *shelf[T]) drop(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.kept[credential.HashToken(token)]
	delete(s.kept, credential.HashToken(token))
	return ok
}
