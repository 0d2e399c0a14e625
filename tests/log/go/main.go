// SPDX-License-Identifier: Apache-2.0

// Reads a data centre's public log as a stranger does, by its files alone, and checks all of it with Go's own
// implementation of transparency logs (golang.org/x/mod/sumdb, the one behind Go's checksum database). It shares no line
// with the programs that it checks. It prints what it checked, with counts, or ends with 1 and a sentence that says
// what is wrong first.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

// question is what the command line asks for.
type question struct {
	log       string   // folder or URL of the log
	key       string   // verifier key of the log
	witnesses []string // verifier keys of witnesses
	older     []string // files of checkpoints that the log is to continue
	cosigned  []string // alike; a witness is to have signed each
	receipts  []string // files of receipts
	every     int64    // the step between entries whose proofs tlog reads from the tiles
}

// count is one line of what was checked.
type count struct {
	what string
	n    int64
}

func readQuestion() (question, error) {
	var q question
	list := func(to *[]string) func(string) error {
		return func(value string) error { *to = append(*to, value); return nil }
	}
	flag.StringVar(&q.log, "log", "", "folder or URL of the log")
	flag.StringVar(&q.key, "key", "", "verifier key of the log")
	flag.Func("witness", "verifier key of a witness; may be given several times", list(&q.witnesses))
	flag.Func("older", "file of a checkpoint that the log continues; may be given several times", list(&q.older))
	flag.Func("cosigned", "alike, of one that a witness has signed; may be given several times", list(&q.cosigned))
	flag.Func("receipt", "file of a receipt; may be given several times", list(&q.receipts))
	flag.Int64Var(&q.every, "every", 1, "read the proof of every n-th entry from the tiles, from the first one on")
	flag.Parse()
	if q.log == "" || q.key == "" || q.every < 1 || flag.NArg() != 0 {
		return q, errors.New("-log and -key are needed, -every is 1 or more, and nothing stands behind the flags")
	}
	return q, nil
}

// check answers what was checked, or the first thing that is wrong.
func check(q question) ([]count, error) {
	trust, err := newTrust(q.key, q.witnesses)
	if err != nil {
		return nil, err
	}
	files := filesOf(q.log)
	note, err := files.read("checkpoint")
	if err != nil {
		return nil, err
	}
	newest, err := trust.open("checkpoint", note)
	if err != nil {
		return nil, err
	}
	older, err := olderCheckpoints(trust, q)
	if err != nil {
		return nil, err
	}
	receipts, err := readReceipts(trust, q.receipts)
	if err != nil {
		return nil, err
	}
	log, err := readLog(files, newest)
	if err != nil {
		return nil, err
	}
	proofs, err := log.checkRecordProofs(q.every)
	if err != nil {
		return nil, err
	}
	all := append([]checkpoint{newest}, older...)
	cosignatures := int64(0)
	for _, each := range receipts {
		all = append(all, each.checkpoint)
	}
	for _, each := range all {
		cosignatures += each.cosignatures
	}
	treeProofs, err := log.checkTreeProofs(all)
	if err != nil {
		return nil, err
	}
	for _, each := range receipts {
		if err := log.checkReceipt(each); err != nil {
			return nil, err
		}
	}
	return []count{
		{"checkpoints", int64(len(all))}, {"cosignatures", cosignatures}, {"tiles", log.tiles},
		{"entries", newest.size}, {"left-out", log.leftOut}, {"record-proofs", proofs},
		{"tree-proofs", treeProofs}, {"receipts", int64(len(receipts))},
	}, nil
}

func olderCheckpoints(trust *trust, q question) ([]checkpoint, error) {
	var found []checkpoint
	for _, file := range append(append([]string{}, q.older...), q.cosigned...) {
		note, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		opened, err := trust.open(file, note)
		if err != nil {
			return nil, err
		}
		if len(found) >= len(q.older) && opened.cosignatures == 0 {
			return nil, fmt.Errorf("%s: no witness signed it", file)
		}
		found = append(found, opened)
	}
	return found, nil
}

func main() {
	q, err := readQuestion()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	counts, err := check(q)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, each := range counts {
		fmt.Println(each.what, each.n)
	}
}
