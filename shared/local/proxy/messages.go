package proxy

import (
	"slices"
	"sync"
	"time"
)

// Message is something that was sent to a person.
type Message struct {
	Kind string    `json:"kind"` // sms or push
	To   string    `json:"to"`   // the phone number in E.164, or the push token
	Text string    `json:"text"` // the SMS, or the payload that the platform would get
	At   time.Time `json:"at"`
}

type messages struct {
	path string
	mu   sync.Mutex
	all  []Message
}

func openMessages(path string) (*messages, error) {
	all, err := readLines[Message](path)
	if err != nil {
		return nil, err
	}
	// A line that a crash cut short would spoil the next one.
	return &messages{path: path, all: all}, rewriteIfAny(path, all)
}

func rewriteIfAny[T any](path string, all []T) error {
	if len(all) == 0 {
		return nil
	}
	return rewrite(path, all)
}

func (m *messages) add(one Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, one)
	return appendLine(m.path, one)
}

// Messages returns all text messages and pushes that SNS accepted, newest first.
func (p *Proxy) Messages() []Message {
	p.messages.mu.Lock()
	defer p.messages.mu.Unlock()
	all := slices.Clone(p.messages.all)
	slices.Reverse(all)
	return all
}
