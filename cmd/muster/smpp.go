package main

import (
	"context"
	"sync"

	"muster/deliver/smpp"
	"muster/deliver/sms"
)

// messageCentre sends and takes in text messages by SMPP until the node
// closes, which is after its last message has left.
func (n *node) messageCentre(setting string) (*smpp.Channel, error) {
	texts := n.texts()
	centre, err := smpp.New(setting, smpp.Doors{
		Store: n.store, Keys: n.keys, Log: n.log,
		Reported: n.reported("sms"),
		Heard: func(ctx context.Context, t smpp.Text) error {
			return texts(ctx, sms.Text{ID: t.ID, From: t.From, Body: t.Body})
		},
	})
	if err != nil {
		return nil, &usageError{err.Error()}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { centre.Run(ctx) })
	n.lasting = append(n.lasting, func() { cancel(); running.Wait() })
	return centre, nil
}
